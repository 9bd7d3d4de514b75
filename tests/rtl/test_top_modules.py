"""The accelerator's modules over their parameters: lint-clean, or refused by name; Icarus and Yosys take them."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from test_array_modules import ROOT, synthesize

from accelerator.array import ArrayConfig, TopConfig, UnitConfig, top_rtl

FOLDERS = [argument for name in ("top", "array", "common", "multipliers") for argument in ("-y", ROOT / name)]

LEGAL = [
    ("skid_buffer", {"WIDTH": 1}),
    ("frame_guard", {"COUNT": 9}),
    ("credit_fifo", {"WIDTH": 1, "DEPTH": 1}),
    ("credit_fifo", {"DEPTH": 65536}),
    ("register_file", {"CODE_WIDTH": 16, "BLOCKS": 4096, "BLOCK": 12, "COLUMN": 4, "DEPTH": 65536, "FEATURES": 15}),
    ("job_sequencer", {"BLOCK": 12}),
    ("accelerator_top", {"ROWS": 1, "COLS": 1, "FIFOS": 1, "DEPTH": 1, "BLOCKS": 1, "CODE_WIDTH": 2}),
    ("accelerator_top", {"ROWS": 7, "COLS": 3, "A_WIDTH": 5, "B_WIDTH": 5, "P_WIDTH": 10, "CODE_WIDTH": 9, "ACC_WIDTH": 8}),
    ("accelerator_top", {"ROWS": 5, "COLS": 9, "BLOCKS": 4096, "DEPTH": 65536, "RAW_SUMS": 0, "SINGLE_ROUNDING": 1}),
    ("os_unit", {"ROWS": 1, "COLS": 1}),
    ("os_unit", {"ROWS": 7, "COLS": 3, "SATURATE": 1, "ACC_WIDTH": 9}),
    ("os_unit", {"ROWS": 1, "COLS": 5}),
]

ILLEGAL = [
    ("skid_buffer", "WIDTH", 0),
    ("credit_fifo", "WIDTH", 0),
    ("credit_fifo", "DEPTH", 0),
    ("credit_fifo", "DEPTH", 65537),
    ("axi_lite_slave", "ADDRESS", 2),
    ("register_file", "ADDRESS", 21),
    ("accelerator_top", "FIFOS", 0),
    ("accelerator_top", "FIFOS", 65537),
    ("accelerator_top", "A_LANE", 16),
    ("accelerator_top", "B_LANE", 9),
    ("accelerator_top", "CODE_LANE", 4),
    ("accelerator_top", "BLOCKS", 4097),
    ("accelerator_top", "COLUMN", 3),
    ("accelerator_top", "AXI_ADDRESS", 32),
    ("accelerator_top", "ROWS", 0),
    ("os_unit", "ROW", 3),
    ("os_array", "ROWS", 257),
    ("os_array", "COLS", 0),
]


def own(name: str) -> Path:
    return next(path for folder in ("top", "array") if (path := ROOT / folder / f"{name}.v").exists())


@pytest.mark.parametrize(("name", "settings"), LEGAL, ids=str)
def test_legal_parameters_are_lint_clean(name: str, settings: dict[str, int], lint: Callable[..., str]) -> None:
    values = [f"-G{key}={value}" for key, value in settings.items()]
    assert lint("--top-module", name, *values, *FOLDERS, own(name)) == ""


@pytest.mark.parametrize(("name", "parameter", "value"), ILLEGAL)
def test_illegal_parameter_is_refused_by_name(name: str, parameter: str, value: int, lint: Callable[..., str]) -> None:
    report = lint("--top-module", name, f"-G{parameter}={value}", *FOLDERS, own(name))
    assert f"illegal_{parameter.replace('AXI_', '')}_must_be" in report


def test_too_many_channels_are_refused_by_name(lint: Callable[..., str]) -> None:
    report = lint("--top-module", "accelerator_top", "-GBLOCKS=4096", "-GCOLS=32", *FOLDERS, own("accelerator_top"))
    assert "illegal_BLOCKS_times_COLS_must_be_65536_at_most" in report


@pytest.fixture(params=["drum8us_k4", "exact4s"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A generated accelerator's files."""
    unit = UnitConfig(ArrayConfig(2, 3, request.param, depth=4), code_bits=8, blocks=2)
    rtl = top_rtl(TopConfig(unit, fifos=3))
    (tmp_path / "top.v").write_text(rtl.text)
    for path in rtl.files:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "name").write_text(rtl.top)
    return tmp_path


def test_a_generated_accelerator_is_lint_clean_and_synthesizes(folder: Path, lint: Callable[..., str]) -> None:
    files, top = sorted(folder.glob("*.v")), (folder / "name").read_text()
    assert lint("--top-module", top, "-Wno-DECLFILENAME", *files) == ""
    synthesize(top, "", files)


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="iverilog is not installed")
def test_icarus_elaborates_a_generated_accelerator(folder: Path) -> None:
    files, top = sorted(map(str, folder.glob("*.v"))), (folder / "name").read_text()
    command = ["iverilog", "-g2005", "-Wall", "-Wno-timescale", "-o", str(folder / "a.vvp"), "-s", top, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
