"""Area, timing and energy of netlists written by hand, against numbers counted by hand and a loop over single vectors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldaxe.cost import SynthesisError, read_library
from goldaxe.cost import _energy as energies
from goldaxe.cost._energy import energy, toggles
from goldaxe.cost._netlist import build_netlist
from goldaxe.cost._timing import analyse
from multipliers import Multiplier, Operand

LOADED = """library(loaded) {
  time_unit : "1ns"; capacitive_load_unit(1, pf); nom_voltage : 2;
  lu_table_template(t) { variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;
    index_1 ("0, 10"); index_2 ("0, 10"); }
  cell(NOT) { area : 3;
    pin(A) { direction : input; capacitance : 0.5; }
    pin(Y) { direction : output; function : "A'";
      internal_power() { rise_power(t) { values("7, 7", "7, 7"); } fall_power(t) { values("5, 5", "5, 5"); } }
      timing() { related_pin : "A";
        cell_rise(t) { values("1, 21", "31, 51"); }          /* 1 + 2 load + 3 slope */
        cell_fall(t) { values("0, 0", "0, 0"); }
        rise_transition(t) { values("1, 11", "1, 11"); }     /* 1 + load */
        fall_transition(t) { values("0, 0", "0, 0"); } } } } }
"""


def cell(kind: str, **connections: int | str) -> dict[str, Any]:
    return {"type": kind, "connections": {pin: [net] for pin, net in connections.items()}}


def ports(a: list[int], b: list[int], p: list[Any]) -> dict[str, Any]:
    """Yosys's form of the three ports."""
    directions = (("a_i", "input", a), ("b_i", "input", b), ("p_o", "output", p))
    return {name: {"direction": direction, "bits": bits} for name, direction, bits in directions}


def two_by_two() -> dict[str, Any]:
    """An exact 2x2 multiplier: p0 = a0 b0, p1 = a1 b0 ^ a0 b1, p2 = a1 b1 ^ c, p3 = a1 b1 c, with c = (a1 b0)(a0 b1)."""
    cells = {
        "p3": cell("NOR2", A=9, B=10, Y=14),  # of the inverses; written last in signal flow, first in the file
        "p0": cell("AND2", A=2, B=4, Y=11),
        "x": cell("AND2", A=3, B=4, Y=6),
        "y": cell("AND2", A=2, B=5, Y=7),
        "z": cell("AND2", A=3, B=5, Y=8),
        "p1": cell("XOR2", A=6, B=7, Y=12),
        "c": cell("NAND2", A=6, B=7, Y=9),
        "nz": cell("INV", A=8, Y=10),
        "p2": cell("XNOR2", A=8, B=9, Y=13),
    }
    return {"ports": ports([2, 3], [4, 5], [11, 12, 13, 14]), "cells": cells}


def by_hand(a: int, b: int) -> dict[int, int]:
    """All nets of `two_by_two` for one operand pair, by Python's integers."""
    net = {2: a & 1, 3: a >> 1, 4: b & 1, 5: b >> 1}
    net |= {6: net[3] & net[4], 7: net[2] & net[5], 8: net[3] & net[5], 11: net[2] & net[4]}
    net |= {12: net[6] ^ net[7], 9: 1 - (net[6] & net[7]), 10: 1 - net[8]}
    return net | {13: 1 - (net[8] ^ net[9]), 14: 1 - (net[9] | net[10])}


EXACT = Multiplier("by hand", Operand(2, False), Operand(2, False), Operand(4, False), lambda a, b: a * b)


@pytest.mark.parametrize("block", [1 << 16, 7])
@pytest.mark.parametrize("count", [2, 8, 9, 101])
def test_toggles_and_energy_by_brute_force(count: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(energies, "_BLOCK", block)
    rng = np.random.default_rng(count)
    a, b = rng.integers(0, 4, (2, count))
    expected = dict.fromkeys(by_hand(0, 0), 0)
    for now, after in zip(zip(a, b, strict=True), zip(a[1:], b[1:], strict=True), strict=False):
        before_nets, after_nets = by_hand(*map(int, now)), by_hand(*map(int, after))
        for net in expected:
            expected[net] += before_nets[net] != after_nets[net]
    library = read_library()
    netlist = build_netlist(two_by_two(), library)
    counts = toggles(netlist, EXACT, a, b)
    assert {net: counts[net] for net in expected} == expected
    assert counts["0"] == counts["1"] == 0
    weights = {6: 1, 7: 1, 8: 1, 11: 1, 12: 2, 9: 1, 10: 0.5, 13: 2, 14: 1}  # the gates' areas; inputs take nothing
    used = energy(netlist, library, analyse(netlist), counts)
    assert used == sum(weight * expected[net] for net, weight in weights.items())


def test_area_and_critical_path_by_hand() -> None:
    netlist = build_netlist(two_by_two(), read_library())
    assert netlist.area == 4 * 1 + 2 * 2 + 1 + 0.5 + 1
    assert netlist.counts == {"AND2": 4, "INV": 1, "NAND2": 1, "NOR2": 1, "XNOR2": 1, "XOR2": 1}
    timing = analyse(netlist)
    assert timing.delay == 1 + 1 + 2  # AND, NAND, XNOR
    assert (timing.arrivals[12], timing.arrivals[14], timing.arrivals[10]) == (3, 3, 1.5)


def test_loads_slopes_and_charge_by_hand(tmp_path: Path) -> None:
    """Two inverters in a row and one beside: the first drives both."""
    path = tmp_path / "loaded.lib"
    path.write_text(LOADED)
    library = read_library(path)
    module = {
        "ports": ports([2], [3], [5, 6]),
        "cells": {"u": cell("NOT", A=2, Y=4), "v": cell("NOT", A=4, Y=5), "w": cell("NOT", A=4, Y=6)},
    }
    netlist = build_netlist(module, library)
    timing = analyse(netlist)
    assert timing.loads[4] == 1.0
    assert timing.arrivals[4] == pytest.approx(1 + 2 * 1)
    assert timing.slopes[4] == pytest.approx(1 + 1)
    assert timing.delay == pytest.approx(3 + 1 + 3 * 2)
    assert netlist.area == 9
    # Each output toggle takes (7 + 5) / 2 pJ inside; nets take 1/2 V V C = 2 C: net 4 drives 1 pF, net 2 drives 0.5 pF.
    assert energy(netlist, library, timing, {2: 10, 4: 10, 5: 10, 6: 10}) == pytest.approx(
        1000 * (10 * 3 * 6 + 10 * 2 + 10 * 1)
    )


def test_a_netlist_that_is_not_the_model() -> None:
    wrong = two_by_two()
    wrong["cells"]["p3"]["type"] = "OR2"
    netlist = build_netlist(wrong, read_library())
    with pytest.raises(SynthesisError, match=r"4 of 4 products differ, first at a = 0, b = 0: 8, and 0 in the model"):
        toggles(netlist, EXACT, np.zeros(4, dtype=np.int64), np.arange(4))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"p0": cell("NAND9", A=2, B=4, Y=11)}, "'NAND9'"),
        ({"p0": cell("AND2", A=2, B=99, Y=11)}, "driven by nothing"),
        ({"p0": cell("AND2", A=2, B="x", Y=11)}, "driven by nothing"),
        ({"p0": cell("AND2", A=2, B=11, Y=11)}, "loop"),
        ({"x": cell("AND2", A=3, B=12, Y=6)}, "loop"),
    ],
)
def test_netlists_that_are_refused(change: dict[str, Any], said: str) -> None:
    module = two_by_two()
    module["cells"] |= change
    with pytest.raises(SynthesisError, match=said):
        build_netlist(module, read_library())


def test_a_netlist_that_is_too_low() -> None:
    """3 * 3 without its highest bit: the only product that differs is below the model's."""
    low = two_by_two()
    low["cells"]["p3"]["connections"] = {"A": [9], "B": [9], "Y": [14]}
    low["cells"]["p3"]["type"] = "XOR2"
    with pytest.raises(SynthesisError, match=r"1 of 4 products differ, first at a = 3, b = 3: 1, and 9 in the model"):
        toggles(build_netlist(low, read_library()), EXACT, np.full(4, 3), np.arange(4))


ADDER = """library(adder) {
  cell(HALF) { area : 5;
    pin(A) { direction : input; capacitance : 2; }
    pin(B) { direction : input; capacitance : 3; }
    pin(S) { direction : output; function : "A ^ B"; timing() { related_pin : "A B"; } }
    pin(C) { direction : output; function : "A B"; timing() { related_pin : "A B"; } } } }
"""


def test_outputs_of_one_cell_share_its_pins(tmp_path: Path) -> None:
    """A cell of two outputs has its area once, and its pins load their nets once."""
    path = tmp_path / "adder.lib"
    path.write_text(ADDER)
    module = {"ports": ports([2], [3], [4, 5]), "cells": {"u": cell("HALF", A=2, B=3, S=4, C=5)}}
    netlist = build_netlist(module, read_library(path))
    assert (netlist.area, netlist.counts, len(netlist.gates)) == (5, {"HALF": 1}, 2)
    loads = analyse(netlist).loads
    assert (loads[2], loads[3]) == (2, 3)


def test_slopes_follow_each_other(tmp_path: Path) -> None:
    """Output slopes that depend on input slopes: 1 + slope, three times in a row, from the steepest of 0."""
    path = tmp_path / "sloped.lib"
    plain, sloped = 'rise_transition(t) { values("1, 11", "1, 11"); }', 'rise_transition(t) { values("1, 1", "11, 11"); }'
    path.write_text(LOADED.replace(plain, sloped))
    cells = {"u": cell("NOT", A=2, Y=4), "v": cell("NOT", A=4, Y=5), "w": cell("NOT", A=5, Y=6)}
    timing = analyse(build_netlist({"ports": ports([2], [3], [6]), "cells": cells}, read_library(path)))
    assert [timing.slopes[net] for net in (4, 5, 6)] == pytest.approx([1, 2, 3])
    assert timing.arrivals[4] == pytest.approx(1 + 2 * 0.5)  # 1 + 2 load + 3 slope
    assert timing.arrivals[5] == pytest.approx(2 + 1 + 2 * 0.5 + 3 * 1)
