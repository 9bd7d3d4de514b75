"""The references that designs are proved equal to: lint-clean Verilog with a header, as the library's own files."""

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from goldaxe.formal._references import REFERENCES

FOLDER = Path(str(files("goldaxe.formal")))
FILES = [*sorted((FOLDER / "references").glob("*.v")), FOLDER / "schoolbook.v"]


def test_every_reference_has_its_file() -> None:
    assert {path.stem for path in FILES} == {*REFERENCES, "schoolbook"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reference_is_documented_and_lint_clean(path: Path, lint: Callable[..., str]) -> None:
    text = path.read_text()
    assert re.findall(r"^module (\w+)", text, re.MULTILINE) == [path.stem]
    assert re.search(r"^// Worked example.*\d", text.split("\nmodule ")[0], re.MULTILINE)
    assert all("begin : g_" in line for line in text.splitlines() if "begin" in line)
    assert lint("--top-module", path.stem, path) == ""
