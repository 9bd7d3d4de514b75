"""Imports go one way between the packages, and importing `multipliers` loads NumPy and nothing else."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAY_IMPORT = {
    "rtl": set(),
    "multipliers": {"rtl"},
    "cocotb_tests": {"multipliers", "rtl"},
    "importer": {"cocotb_tests", "multipliers", "rtl"},
    "pysim": {"multipliers", "rtl"},
    "workloads": {"pysim", "multipliers"},
    "accelerator": {"cocotb_tests", "pysim", "multipliers", "rtl"},
    "goldaxe": {"accelerator", "cocotb_tests", "importer", "workloads", "pysim", "multipliers", "rtl"},
}
OURS = {*MAY_IMPORT, "tests", "benchmarks"}


def imported(tree: ast.AST) -> set[str]:
    """Our packages that a module imports by statement or by `import_module("name")`, relative imports left out."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return {name.split(".")[0] for name in names} & OURS


def test_the_scan_sees_every_form_of_import() -> None:
    text = "import pysim.kernels as k\nfrom goldaxe import x\nfrom . import tests\nimport_module('workloads.data')\nimport os"
    assert imported(ast.parse(text)) == {"pysim", "goldaxe", "workloads"}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        wrong = imported(ast.parse(path.read_text())) - MAY_IMPORT[package] - {package}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}; {package} may use {sorted(MAY_IMPORT[package])}"


def test_rtl_is_verilog_and_a_docstring() -> None:
    assert [path.name for path in (ROOT / "rtl").rglob("*.py")] == ["__init__.py"]
    assert len(ast.parse((ROOT / "rtl" / "__init__.py").read_text()).body) == 1


def test_importing_multipliers_loads_numpy_and_nothing_else() -> None:
    program = """
import sys
before = set(sys.modules)
import multipliers
multipliers.defaults()
roots = {name.split(".")[0] for name in set(sys.modules) - before}
print(*sorted(roots - set(sys.stdlib_module_names)))
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["multipliers", "numpy"]
