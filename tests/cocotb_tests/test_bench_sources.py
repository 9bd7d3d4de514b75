"""Every file that a verdict depends on is in its stamp: whichever of them changes, the stamp is gone."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cocotb_tests._sources import ROOT, bench_hash, sources
from multipliers import families

NAMES = [path.relative_to(ROOT).as_posix() for path in sources()]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages that verify, to be edited."""
    root = tmp_path_factory.mktemp("tree")
    for package in ("cocotb_tests", "multipliers", "rtl"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def run(tree: Path, program: str, cache: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(tree), "GOLDAXE_CACHE": str(cache)}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_the_bench_its_data_and_what_it_imports_are_found() -> None:
    assert {path.name for path in (ROOT / "cocotb_tests").iterdir() if path.is_file()} <= {Path(name).name for name in NAMES}
    for name in ("multipliers/_vectors.py", "multipliers/_bits.py", "multipliers/_multiplier.py", "multipliers/_rtl.py"):
        assert name in NAMES
    assert "cocotb_tests/coverage.cpp" in NAMES
    assert not {f"multipliers/{family}.py" for family in families()} & set(NAMES)  # these are in the model's hash


@pytest.mark.parametrize("name", NAMES)
def test_each_of_them_counts(tree: Path, name: str) -> None:
    before, path = bench_hash(tree), tree / name
    text = path.read_bytes()
    path.write_bytes(text + b"\n")
    assert bench_hash(tree) != before
    path.unlink()
    assert bench_hash(tree) != before
    path.write_bytes(text)
    assert bench_hash(tree) == before


def test_new_files_count(tree: Path) -> None:
    before = bench_hash(tree)
    assert before == bench_hash()
    (tree / "cocotb_tests" / "vectors.dat").write_text("")
    (tree / "cocotb_tests" / ".hidden.swp").write_text("")
    assert bench_hash(tree) != before
    (tree / "cocotb_tests" / "vectors.dat").unlink()
    assert bench_hash(tree) == before


PROGRAM = """
import sys
from pathlib import Path
from cocotb_tests import stamp_of, verify
from cocotb_tests._sources import ROOT, sources
from multipliers import get

multiplier = get("drum4_k3")
assert ROOT == Path.cwd()
assert verify(multiplier).passed and stamp_of(multiplier)
for path in sources():
    text = path.read_bytes()
    path.write_bytes(text + bytes(1) if path.suffix != ".py" else text + b"# edited")
    assert stamp_of(multiplier) is None, path
    path.write_bytes(text)
assert stamp_of(multiplier)
origins = [getattr(module, "__file__", None) for name, module in sorted(sys.modules.items()) if module]
used = {Path(origin) for origin in origins if origin and Path(origin).is_relative_to(ROOT)}
print(*sorted(path.name for path in used - set(sources()) if path.parts[-2] != "rtl"))
"""


def test_stamp_goes_with_each_of_them_and_no_module_is_used_beside_them(tree: Path, private_cache: Path) -> None:
    beside = set(run(tree, PROGRAM, private_cache).split())
    own = {f"{family}.py" for family in families()}
    texts = [(tree / "multipliers" / name).read_text() for name in own]
    helpers = {f"{name}.py" for text in texts for name in re.findall(r"from \.(_\w+) import", text)}
    assert own <= beside <= own | helpers  # golden models, which have a hash of their own


def test_verification_cut_in_the_source_says_so_and_leaves_nothing(tree: Path, private_cache: Path) -> None:
    path = tree / "multipliers" / "_vectors.py"
    text = path.read_text()
    whole = 'indexing="ij")\n    return Vectors(a.ravel(), b.ravel()'
    assert whole in text
    try:
        path.write_text(text.replace(whole, whole.replace("ravel()", "ravel()[:1000]")))
        program = "from cocotb_tests import *; from multipliers import get\n"
        program += "print(*verify_many([get('drum8_k4')]), stamp_of(get('drum8_k4')))"
        said = run(tree, program, private_cache)
    finally:
        path.write_text(text)
    assert said == "drum8_k4: not verified: drum8_k4: 1,000 operand pairs were simulated where 65,536 had to be None"
