"""The array's modules over their parameters: lint-clean where these are legal, refused by name where not; Yosys maps them."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from accelerator.array import ArrayConfig, array_rtl, write_rtl
from accelerator.array._rtl import fixed
from pysim import Accumulator

ROOT = Path(str(files("rtl")))
FOLDERS = [argument for name in ("array", "common", "multipliers") for argument in ("-y", ROOT / name)]

LEGAL = {
    "accumulate": [
        {"ACC_WIDTH": 8, "P_WIDTH": 17, "P_SIGNED": 1, "SATURATE": 1},
        {"ACC_WIDTH": 32, "P_WIDTH": 40, "SATURATE": 1},
        {"ACC_WIDTH": 24, "P_WIDTH": 4, "P_SIGNED": 1},
    ],
    "delay_line": [{"CYCLES": 0}, {"CYCLES": 1, "WIDTH": 1}, {"CYCLES": 9}],
    "skew": [{"LANES": 1}, {"LANES": 5, "REVERSE": 1}, {"LANES": 1, "WIDTH": 1, "REVERSE": 1}],
    "accumulator_bank": [{"DEPTH": 1, "ADDRESS": 1}, {"DEPTH": 5, "ADDRESS": 3, "WIDTH": 8}, {"DEPTH": 65536, "ADDRESS": 16}],
    "systolic_array": [{"ROWS": 1, "COLS": 1}, {"ROWS": 1, "COLS": 5}, {"ROWS": 7, "COLS": 3, "ACC_WIDTH": 8, "SATURATE": 1}],
    "matrix_unit": [
        {"ROWS": 1, "COLS": 1, "DEPTH": 1, "ADDRESS": 1},
        {"ROWS": 1, "COLS": 5},
        {"ROWS": 5, "COLS": 1, "P_SIGNED": 0},
        {"ROWS": 16, "COLS": 16, "SATURATE": 1, "ACC_WIDTH": 20},
        {"A_WIDTH": 4, "B_WIDTH": 4, "P_WIDTH": 8, "DEPTH": 3, "ADDRESS": 2},
    ],
    "settings_memory": [{"DEPTH": 1, "ADDRESS": 1, "WIDTH": 1}, {"DEPTH": 5, "ADDRESS": 3}, {"DEPTH": 4096, "ADDRESS": 12}],
    "product_unit": [
        {"ROWS": 1, "COLS": 1, "COLUMN": 1, "BLOCKS": 1, "BLOCK": 1, "DEPTH": 1, "ADDRESS": 1, "SINGLE_ROUNDING": 1},
        {"ROWS": 7, "COLS": 3, "COLUMN": 2, "ACC_WIDTH": 20, "SATURATE": 1, "CODE_WIDTH": 8, "BLOCKS": 9, "BLOCK": 4},
    ],
    "requantize": [{"CODE_WIDTH": 2}, {"CODE_WIDTH": 16, "SINGLE_ROUNDING": 1}],
}

ILLEGAL = [
    ("accumulate", "ACC_WIDTH", 7),
    ("accumulate", "ACC_WIDTH", 33),
    ("accumulate", "P_WIDTH", 3),
    ("accumulate", "P_WIDTH", 41),
    ("pe_multiplier", "B_WIDTH", 7),
    ("pe_multiplier", "P_WIDTH", 15),
    ("mac_pe", "P_WIDTH", 17),
    ("mac_pe", "ACC_WIDTH", 33),
    ("skew", "LANES", 0),
    ("skew", "WIDTH", 0),
    ("systolic_array", "ROWS", 0),
    ("systolic_array", "ROWS", 257),
    ("systolic_array", "COLS", 0),
    ("systolic_array", "COLS", 257),
    ("accumulator_bank", "DEPTH", 0),
    ("accumulator_bank", "DEPTH", 65537),
    ("accumulator_bank", "ADDRESS", 5),
    ("matrix_unit", "DEPTH", 65537),
    ("matrix_unit", "ADDRESS", 7),
    ("settings_memory", "DEPTH", 0),
    ("settings_memory", "DEPTH", 4097),
    ("settings_memory", "ADDRESS", 5),
    ("product_unit", "BLOCKS", 4097),
    ("product_unit", "BLOCK", 5),
    ("product_unit", "COLUMN", 3),
    ("product_unit", "CODE_WIDTH", 17),
    ("requantize", "CODE_WIDTH", 1),
    ("requantize", "CODE_WIDTH", 17),
]


@pytest.mark.parametrize(
    ("name", "settings"), [(name, settings) for name, legal in LEGAL.items() for settings in legal], ids=str
)
def test_legal_parameters_are_lint_clean(name: str, settings: dict[str, int], lint: Callable[..., str]) -> None:
    values = [f"-G{key}={value}" for key, value in settings.items()]
    assert lint("--top-module", name, *values, *FOLDERS, ROOT / "array" / f"{name}.v") == ""


@pytest.mark.parametrize(("name", "parameter", "value"), ILLEGAL)
def test_illegal_parameter_is_refused_by_name(name: str, parameter: str, value: int, lint: Callable[..., str]) -> None:
    report = lint("--top-module", name, f"-G{parameter}={value}", *FOLDERS, ROOT / "array" / f"{name}.v")
    assert f"illegal_{parameter}_must_be" in report


SCRIPT = """
from pyosys import libyosys as yosys
import sys
design = yosys.Design()
for path in sys.argv[3:]:
    yosys.run_pass(f"read_verilog -defer {path}", design)
yosys.run_pass(f"hierarchy -check -top {sys.argv[1]} {sys.argv[2]}", design)
yosys.run_pass("synth -noabc", design)
yosys.run_pass("check -assert -initdrv", design)
yosys.run_pass("select -assert-none t:$_DLATCH_*", design)
"""


def synthesize(top: str, settings: str, sources: Iterable[Path]) -> None:
    """In a process of its own: a Yosys error ends the process that it happens in."""
    if find_spec("pyosys") is None:
        pytest.skip("pyosys is not installed")
    command = [sys.executable, "-c", SCRIPT, top, settings, *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("matrix_unit", "-chparam ROWS 2 -chparam COLS 3 -chparam DEPTH 4"),
        ("matrix_unit", "-chparam ROWS 1 -chparam COLS 1"),
        ("product_unit", "-chparam ROWS 2 -chparam COLS 3 -chparam DEPTH 4"),
        ("requantize", ""),
    ],
)
def test_yosys_synthesizes_it(name: str, settings: str) -> None:
    folders = (ROOT / "array", ROOT / "common")
    synthesize(name, settings, [*(path for folder in folders for path in folder.glob("*.v")), ROOT / "multipliers" / "exact.v"])


LABELS = ["drum8us_k4", "compressor_tree8_c1", "mitchell12us", "exact4s"]


@pytest.mark.parametrize("label", LABELS)
def test_the_array_of_a_multiplier_is_lint_clean_and_synthesizes(
    label: str, lint: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path))
    config = ArrayConfig(2, 3, label, Accumulator(20, "saturate"), depth=4)
    rtl = array_rtl(config)
    folder = write_rtl(config)
    names = [path.name for path in rtl.files]
    assert sorted(path.name for path in folder.glob("*.v")) == sorted([*names, "top.v"])
    # Generated files hold several modules, and none has the file's name.
    assert lint("--top-module", rtl.top, "-Wno-DECLFILENAME", folder / "top.v", *(folder / name for name in names)) == ""
    synthesize(rtl.top, "", folder.glob("*.v"))


@pytest.mark.parametrize("parameter", ["A_WIDTH", "B_WIDTH", "P_WIDTH", "P_SIGNED"])
def test_elements_made_for_another_multiplier_are_refused_by_name(
    parameter: str, lint: Callable[..., str], tmp_path: Path
) -> None:
    config = ArrayConfig(1, 1, "drum8us_k4")
    wrong = config.element_parameters | {parameter: {"P_SIGNED": 0}.get(parameter, 9)}
    rtl = fixed(config, "mac_pe", wrong, "wrong")
    (tmp_path / "top.v").write_text(rtl.text)
    report = lint("--top-module", "wrong", tmp_path / "top.v", *rtl.files)
    assert f"illegal_{parameter}_must_be_{config.element_parameters[parameter]}" in report
