"""`docs/adding-a-multiplier.md`, followed to the letter in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    *("multipliers", "rtl", "cocotb_tests", "pysim", "importer", "accelerator", "workloads", "goldaxe"),
    "tests/multipliers",
)
FILES = re.compile(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^    \.venv/bin/goldaxe ([^#\n]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the page's files; those that are there already get their text appended."""
    folder = tmp_path_factory.mktemp("project")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    written = FILES.findall((ROOT / "docs" / "adding-a-multiplier.md").read_text())
    assert [name for name, _ in written] == [
        "multipliers/midpoint.py",
        "rtl/multipliers/midpoint.v",
        "tests/multipliers/judges_of_arrays.py",
    ]
    for name, text in written:
        with (folder / name).open("a") as file:
            file.write(f"\n\n{text}" if (ROOT / name).exists() else text)
    return folder


def run(project: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    done = subprocess.run(arguments, cwd=project, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_commands_work(project: Path) -> None:
    lines = COMMANDS.findall((ROOT / "docs" / "adding-a-multiplier.md").read_text())
    assert len(lines) == 2
    goldaxe = (sys.executable, "-c", "from goldaxe.cli import main; main()")
    verified, shown = (run(project, *goldaxe, *line.split()) for line in lines)
    assert "2 of 2 multipliers verified" in verified
    assert "midpoint8_t4" in shown


def test_its_tests_pass_and_find_it(project: Path) -> None:
    tests = "tests/multipliers/test_multiplier_definitions.py"
    passed = run(project, sys.executable, "-m", "pytest", tests, "-k", "midpoint", "-p", "no:cacheprovider")
    assert int(re.findall(r"(\d+) passed", passed)[0]) >= 20
