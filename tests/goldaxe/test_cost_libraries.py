"""Liberty files: functions against Python's own Boolean operators, tables against hand-computed planes, hostile text."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from goldaxe.cost import CostError, read_library
from goldaxe.cost._function import compile_function
from goldaxe.cost._liberty import parse
from goldaxe.cost._library import UNIT_GATE
from goldaxe.cost._tables import Table, read_table

FUNCTIONS = {
    "(!((A B)+C))": lambda a, b, c: not ((a and b) or c),
    "(((A B)+(B C))+(C A))": lambda a, b, c: a + b + c >= 2,
    "A ^ B ^ C": lambda a, b, c: (a + b + c) % 2,
    "A & !C | B & C": lambda a, b, c: b if c else a,
    "A' B + A (B')": lambda a, b, c: a != b,
    "(A+B)'": lambda a, b, c: not (a or b),
    "A ^ B & C": lambda a, b, c: (a != b) and c,  # in Liberty, unlike Verilog, ^ binds stronger
    "!A ^ B": lambda a, b, c: a == b,
    "A*B|C": lambda a, b, c: (a and b) or c,
    "A'' B''' + C''": lambda a, b, c: (a and not b) or c,
}


@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions(text: str) -> None:
    function, reads = compile_function(text)
    assert reads <= set("ABC")
    rows = list(itertools.product((0, 1), repeat=3))
    pins = {name: np.array([row[index] for row in rows], dtype=np.uint8) for index, name in enumerate("ABC")}
    assert (function(pins) & 1).tolist() == [int(bool(FUNCTIONS[text](*row))) for row in rows]


@pytest.mark.parametrize("text", ["", "A B)", "(A", "A +", "A $ B", "!", "(" * 900 + "A" + ")" * 900, "A" * 3000])
def test_what_is_no_function(text: str) -> None:
    with pytest.raises(CostError, match=r"no Boolean expression|too long|too deeply"):
        compile_function(text)


def test_unit_gate_convention() -> None:
    """Areas of the unit-gate model, and its energies and delays, as its header states them."""
    library = read_library()
    area = {"INV": 0.5, "BUF": 1, "NAND2": 1, "NOR2": 1, "AND2": 1, "OR2": 1, "XOR2": 2, "XNOR2": 2, "MUX2": 3}
    assert {name: cell.area for name, cell in library.cells.items()} == area
    for name, cell in library.cells.items():
        (output,) = cell.outputs.values()
        assert {table(0, 0) for table in output.energies} == {area[name]}
        assert {arc.pin for arc in output.arcs} == set(cell.loads) == output.reads
        assert {table(0, 0) for arc in output.arcs for table in arc.delays} == {2 if name == "MUX2" else area[name]}


def test_table_of_a_plane() -> None:
    """Interpolation reproduces a plane exactly, beyond its last entry too, and stays at the edge below its first."""
    slopes, loads = np.array([0.5, 1.0, 4.0]), np.array([0.1, 0.3])
    table = Table(slopes, loads, 1 + 3 * slopes[:, None] + 20 * loads[None, :])
    for slope, load in ((0.5, 0.1), (0.75, 0.2), (2.5, 0.15), (4.0, 0.3), (6.0, 0.5)):
        assert table(slope, load) == pytest.approx(1 + 3 * slope + 20 * load)
    assert table(0, 0) == pytest.approx(1 + 3 * 0.5 + 20 * 0.1)


@pytest.mark.parametrize("load_first", [True, False])
def test_tables_name_their_axes(load_first: bool) -> None:
    axes = ["total_output_net_capacitance", "input_net_transition"]
    first, second = axes if load_first else axes[::-1]
    text = f"""library(l) {{ lu_table_template(t) {{ variable_1 : {first}; variable_2 : {second};
        index_1 ("1, 2"); index_2 ("10, 20, 30"); }}
        cell_rise(t) {{ values ("11, 21, 31", \\
        "12, 22, 32"); }} }}"""
    root = parse(text)
    table = read_table(root.groups[1], {"t": root.groups[0]}, "pin")
    one, ten = (2, 30) if not load_first else (30, 2)
    assert table(one, ten) == 32
    assert table.values.tolist() == ([[11, 12], [21, 22], [31, 32]] if load_first else [[11, 21, 31], [12, 22, 32]])


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999"])
def test_tables_hold_finite_numbers(number: str) -> None:
    root = parse(f'library(l) {{ cell_rise(scalar) {{ values ("{number}"); }} }}')
    with pytest.raises(CostError, match="pin: a table holds a number that is not finite"):
        read_table(root.groups[0], {}, "pin")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends in the middle"),
        ("module x; endmodule", "'library' belongs"),
        ("library(l) { cell(A) {", "ends in the middle"),
        ('library(l) { a : "x; }', "never closed"),
        ("library(l) " + "{ g() " * 50, "deep"),
        ("library(l) { cell(A) { area : 1; } }", "no combinational cell"),
        ('library(l) { cell(A) { area : big; pin(Y) { direction : output; function : "1"; } } }', "Boolean"),
        ("library(l) { cell(A) { area : 1; pin(A) { direction : input; capacitance : x; } } }", "no number"),
    ],
)
def test_bad_libraries_are_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.lib"
    path.write_text(text)
    with pytest.raises(CostError, match=said) as caught:
        read_library(path)
    assert "bad.lib" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_truncated_and_mutated_libraries_never_crash(tmp_path: Path) -> None:
    """Most are refused, and by nothing but the one error; those that are read still have cells."""
    text, rng, path = UNIT_GATE.read_text(), np.random.default_rng(0), tmp_path / "cells.lib"
    refused = 0
    for _ in range(60):
        at, length = int(rng.integers(len(text))), int(rng.integers(1, 30))
        letters = "".join(rng.choice(list('{}();:"!,1xA'), length))
        path.write_text(text[:at] + letters + text[at + length :] if rng.random() < 0.8 else text[:at])
        try:
            assert read_library(path).cells
        except CostError:
            refused += 1
    assert 0 < refused < 60


def test_libraries_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary.lib").write_bytes(b"\xff\xfe\x00")
    for name, said in (("missing.lib", "No such file"), ("binary.lib", "not text"), (".", "is a folder")):
        with pytest.raises(CostError, match=said):
            read_library(tmp_path / name)
