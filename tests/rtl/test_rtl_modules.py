"""Every Verilog file: one documented module of the file's name, lint-clean on its own, and readable by other tools."""

import re
import shutil
import subprocess
import warnings
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(str(files("rtl")))
FILES = sorted(ROOT.rglob("*.v"))
FOLDERS = [argument for folder in sorted({path.parent for path in FILES}) for argument in ("-y", folder)]

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def code(path: Path) -> str:
    """The file's text without its comments."""
    return re.sub(r"//.*|/\*(?:.|\n)*?\*/", "", path.read_text())


@every_file
def test_one_module_named_like_its_file(path: Path) -> None:
    assert re.findall(r"^\s*module\s+(\w+)", code(path), re.MULTILINE) == [path.stem]
    assert [other for other in FILES if other.stem == path.stem] == [path], "module names are global"


@every_file
def test_header_has_a_worked_example(path: Path) -> None:
    header = path.read_text().split("\nmodule ")[0]
    assert header.startswith("//")
    assert re.search(r"Worked example.*\d", header, re.DOTALL), "say what goes in and what comes out, in numbers"


@every_file
def test_lint_clean_alone(path: Path, lint: Callable[..., str]) -> None:
    assert lint("--top-module", path.stem, *FOLDERS, path) == ""


@every_file
def test_every_generate_block_is_named(path: Path) -> None:
    text = code(path)
    for generate in re.findall(r"\bgenerate\b(.*?)\bendgenerate\b", text, re.DOTALL):
        assert not re.search(r"\b(for|if)\s*\(.*\)\s*begin(?!\s*:)|\belse\s+begin(?!\s*:)", generate), generate


@every_file
def test_no_construct_that_pyverilog_misreads(path: Path) -> None:
    """It drops text from a backtick on and changes `+:` selects, both without an error."""
    assert not re.search(r"`|\+:|-:", code(path))


@pytest.fixture(scope="session")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with warnings.catch_warnings():
        # pyverilog leaves its file VERSION open when it is imported, and its strings have escapes that compilers complain of.
        for category in (ResourceWarning, DeprecationWarning, SyntaxWarning):
            warnings.simplefilter("ignore", category)
        from pyverilog.vparser.parser import VerilogParser

    return VerilogParser(outputdir=str(tmp_path_factory.mktemp("ply")), debug=False)


@every_file
def test_pyverilog_reads_it(path: Path, parser: Any) -> None:
    (module,) = parser.parse(path.read_text()).description.definitions
    assert module.name == path.stem


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")
@every_file
def test_icarus_compiles_it(path: Path) -> None:
    command = ["iverilog", "-g2005", "-Wall", "-t", "null", "-s", path.stem, *map(str, FOLDERS), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
