"""The vector unit's modules over their parameters: lint-clean where legal, refused by name where not; Yosys maps them."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from test_array_modules import synthesize

ROOT = Path(str(files("rtl")))
FOLDERS = [argument for name in ("array", "vector") for argument in ("-y", ROOT / name)]

LEGAL = {
    "rescale_lane": [{"SOURCES": 1, "X_WIDTH": 24, "CODE_WIDTH": 16}, {"SOURCES": 2, "X_WIDTH": 2, "CODE_WIDTH": 2}],
    "rescale": [
        {"LANES": 1, "SOURCES": 1, "X_WIDTH": 2, "CODE_WIDTH": 16},
        {"LANES": 16, "SOURCES": 2, "X_WIDTH": 24, "CODE_WIDTH": 2},
    ],
    "average_pool": [
        {"LANES": 1, "X_WIDTH": 23, "SUM_WIDTH": 24, "CODE_WIDTH": 16},
        {"LANES": 5, "X_WIDTH": 2, "SUM_WIDTH": 3, "CODE_WIDTH": 2},
    ],
    "max_pool": [{"LANES": 1, "X_WIDTH": 2}, {"LANES": 9, "X_WIDTH": 17}],
    "squash": [{"SIGMOID": 1}],
    "recurrent_cell": [{"LANES": 1}],
}

ILLEGAL = [
    ("rescale", "LANES", 0),
    ("rescale", "SOURCES", 0),
    ("rescale", "SOURCES", 3),
    ("rescale", "X_WIDTH", 1),
    ("rescale", "X_WIDTH", 25),
    ("rescale", "CODE_WIDTH", 1),
    ("rescale", "CODE_WIDTH", 17),
    ("average_pool", "LANES", 0),
    ("average_pool", "X_WIDTH", 1),
    ("average_pool", "SUM_WIDTH", 9),
    ("average_pool", "SUM_WIDTH", 25),
    ("average_pool", "CODE_WIDTH", 17),
    ("max_pool", "LANES", 0),
    ("max_pool", "X_WIDTH", 1),
    ("recurrent_cell", "LANES", 0),
]


@pytest.mark.parametrize(
    ("name", "settings"), [(name, settings) for name, legal in LEGAL.items() for settings in legal], ids=str
)
def test_legal_parameters_are_lint_clean(name: str, settings: dict[str, int], lint: Callable[..., str]) -> None:
    values = [f"-G{key}={value}" for key, value in settings.items()]
    assert lint("--top-module", name, *values, *FOLDERS, ROOT / "vector" / f"{name}.v") == ""


@pytest.mark.parametrize(("name", "parameter", "value"), ILLEGAL)
def test_illegal_parameter_is_refused_by_name(name: str, parameter: str, value: int, lint: Callable[..., str]) -> None:
    report = lint("--top-module", name, f"-G{parameter}={value}", *FOLDERS, ROOT / "vector" / f"{name}.v")
    assert f"illegal_{parameter}_must_be" in report


@pytest.mark.parametrize("name", ["rescale", "average_pool", "max_pool", "recurrent_cell"])
def test_yosys_synthesizes_it(name: str) -> None:
    synthesize(name, "-chparam LANES 2", [ROOT / "array" / "delay_line.v", *(ROOT / "vector").glob("*.v")])
