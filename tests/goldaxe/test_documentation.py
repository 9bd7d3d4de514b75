"""Examples in docstrings and in the README run, and the README's table of families is the registry."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import accelerator
import cocotb_tests
import goldaxe
import multipliers
import pysim
import workloads

ROOT = Path(__file__).parents[2]
PACKAGES = (accelerator, cocotb_tests, goldaxe, multipliers, pysim, workloads)
MODULES = [
    module.name
    for package in PACKAGES
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if "__main__" not in module.name and not module.name.endswith("_bench")
] + [package.__name__ for package in PACKAGES]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    if name == "pysim.kernels.gpu._kernels":
        pytest.importorskip("triton")
    module = importlib.import_module(name)
    assert doctest.testmod(module, extraglobs={"get": multipliers.get}).failed == 0


def test_readme_example_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_readme_lists_every_family() -> None:
    text = (ROOT / "README.md").read_text()
    listed = re.findall(r"^\| `(\w+)` \|.*\|$", text.split("## Multipliers")[1].split("##")[0], re.MULTILINE)
    assert sorted(listed) == list(multipliers.families())


def test_readme_commands_exist() -> None:
    """Each `make TARGET` that the README names is there."""
    text, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^    make ([a-z-]+)", text, re.MULTILINE))
    assert {"demo", "test", "sim", "lint", "bench", "clean"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_table_of_proofs_is_what_make_formal_proves() -> None:
    makefile, page = (ROOT / "Makefile").read_text(), (ROOT / "docs" / "formal.md").read_text()
    for name, column in (("PROVE", r"2\^"), ("MUTATE", r"\d+ of")):
        labels = re.search(rf"^{name} := ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
        assert labels
        made = labels[1].replace("\\\n", " ").split()
        assert re.findall(rf"^\| `(\w+)` \| {column}", page, re.MULTILINE) == made
        assert [multipliers.get(label).label for label in made] == made
