"""Costs from synthesis: netlists against the models, circuits whose area is known, and what goes wrong in Yosys."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import goldaxe.cost._cost as cost_module
import goldaxe.cost._synthesize as synthesis
from goldaxe.cost import CostError, Stream, SynthesisError, cost, read_library
from goldaxe.cost._exact import exact_like
from goldaxe.cost._netlist import read_netlist
from goldaxe.cost._synthesize import synthesize
from goldaxe.cost._timing import analyse
from goldaxe.cost._yosys_child import commands
from multipliers import Multiplier, Operand, Rtl, exhaustive, get, rtl

pytestmark = pytest.mark.usefixtures("yosys")

OSU018 = Path("/usr/share/qflow/tech/osu018/osu018_stdcells.lib")
GATES = {
    "INV": lambda p: 1 - p["A"],
    "BUF": lambda p: p["A"],
    "NAND2": lambda p: 1 - (p["A"] & p["B"]),
    "NOR2": lambda p: 1 - (p["A"] | p["B"]),
    "AND2": lambda p: p["A"] & p["B"],
    "OR2": lambda p: p["A"] | p["B"],
    "XOR2": lambda p: p["A"] ^ p["B"],
    "XNOR2": lambda p: 1 - (p["A"] ^ p["B"]),
    "MUX2": lambda p: p["B"] if p["S"] else p["A"],
}


ZERO = "module mine (input wire [2:0] a_i, input wire [4:0] b_i, output wire [7:0] p_o); assign p_o = 0; endmodule"


def design(expression: str, width: int = 4) -> Rtl:
    text = f"""module top (input wire [{width - 1}:0] a_i, input wire [{width - 1}:0] b_i, output wire [{width - 1}:0] p_o);
  assign p_o = {expression};
endmodule
"""
    return Rtl("top", text, ())


@pytest.mark.parametrize(
    ("expression", "counts", "area", "delay"),
    [
        ("a_i & b_i", {"AND2": 4}, 4, 1),
        ("a_i ^ b_i", {"XOR2": 4}, 8, 2),
        ("~a_i", {"INV": 4}, 2, 0.5),
        ("{3'b0, &{a_i, b_i}}", None, 7, 3),
        ("a_i", {}, 0, 0),
    ],
)
def test_circuits_counted_by_hand(expression: str, counts: dict[str, int] | None, area: float, delay: float) -> None:
    library = read_library()
    netlist = read_netlist(synthesize(design(expression), library), "top", library)
    assert counts is None or netlist.counts == counts
    assert (netlist.area, analyse(netlist).delay) == (area, delay)


@pytest.mark.parametrize("label", ["exact4", "exact4s", "drum4us_k3", "udm4", "mitchell4s", "truncated_columns4su_v3"])
def test_netlists_are_the_models(label: str) -> None:
    """All 256 products by a loop over the mapped gates, one vector at a time, and the energy from the same loop."""
    multiplier, library = get(label), read_library()
    pairs = exhaustive(multiplier)
    order = np.random.default_rng(1).permutation(len(pairs.a))
    a, b = pairs.a[order], pairs.b[order]
    found = cost(multiplier, stream=Stream("all pairs", a, b))
    top = rtl(multiplier).top
    module = json.loads(synthesize(rtl(multiplier), library).read_text())["modules"][top]
    waiting, total, before = list(module["cells"].values()), 0.0, {}
    area = sum(library.cells[gate["type"]].area for gate in waiting)
    for x, y, golden in zip(a.tolist(), b.tolist(), multiplier(a, b).tolist(), strict=True):
        nets = {"0": 0, "1": 1}
        for port, value in (("a_i", x), ("b_i", y)):
            nets |= {net: value >> index & 1 for index, net in enumerate(module["ports"][port]["bits"])}
        gates = list(waiting)
        while gates:
            gate = gates.pop(0)
            pins = {pin: nets.get(bits[0]) for pin, bits in gate["connections"].items() if pin != "Y"}
            if None in pins.values():
                gates.append(gate)
                continue
            out = gate["connections"]["Y"][0]
            nets[out] = GATES[gate["type"]](pins)
            total += library.cells[gate["type"]].area * (bool(before) and before[out] != nets[out])
        bits = module["ports"]["p_o"]["bits"]
        product = sum(nets[net] << index for index, net in enumerate(bits))
        assert product == golden % (1 << len(bits)), (x, y)
        before = nets
    assert found.energy == pytest.approx(total / 255)
    assert (found.area, found.cells, found.vectors) == (area, len(waiting), 256)


def test_ratios_are_to_the_exact_multiplier_of_the_same_ports() -> None:
    own, other = cost("exact4s"), cost("truncated_columns4s_v3")
    assert (own.area_ratio, own.delay_ratio, own.energy_ratio) == (1, 1, 1)
    assert other.exact == "exact4s"
    assert other.energy_ratio == pytest.approx(other.energy / own.energy)
    assert other.area_ratio == pytest.approx(other.area / own.area)
    assert other.area_ratio < 1


def test_exact_signed_is_about_as_large_as_exact_unsigned() -> None:
    """In EvoApproxLib's 45 nm, 729.8 to 709.6 square micrometres; a larger one would flatter all that is compared with it."""
    assert cost("exact8s").area == pytest.approx(cost("exact8").area * 729.8 / 709.6, rel=0.06)
    assert 0.95 < cost("truncated_columns8_v1").area_ratio < 1


@pytest.mark.parametrize(("a_signed", "b_signed"), [(False, False), (True, False), (True, True)])
def test_operands_of_two_widths_have_an_exact_multiplier_too(a_signed: bool, b_signed: bool) -> None:
    a, b, p = Operand(3, a_signed), Operand(5, b_signed), Operand(8, a_signed or b_signed)
    mine = Multiplier("mine", a, b, p, lambda x, y: x * 0, verilog=Rtl("mine", ZERO, ()))
    exact = exact_like(mine)
    assert (exact.a, exact.b, exact.p) == (a, b, p)
    found = cost(mine)
    assert (found.area, found.area_ratio, found.energy_ratio) == (0, 0, 0)
    assert cost(exact).area_ratio == 1  # which means that its netlist is the product
    assert 30 < cost(exact).area < 2 * cost("exact4s").area


@pytest.mark.skipif(not OSU018.is_file(), reason="Debian's qflow-tech-osu018 is not installed")
@pytest.mark.parametrize(("label", "ratio"), [("udm8", 0.79), ("truncated_columns8_v7", 0.54), ("drum8_k4", 0.50)])
def test_energy_ratios_in_osu018(label: str, ratio: float) -> None:
    """Ratios that an independent flow of Yosys, ABC and toggles found with this library."""
    assert cost(label, liberty=OSU018).energy_ratio == pytest.approx(ratio, abs=0.025)


def test_another_circuit_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = rtl(get("udm4"))
    monkeypatch.setattr(cost_module, "rtl", lambda multiplier: wrong)
    with pytest.raises(SynthesisError, match="drum4_k3: the synthesized netlist is not the model"):
        cost("drum4_k3")


def test_the_cache_knows_design_library_and_yosys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path))
    library, runs = read_library(), []
    run = synthesis._run
    monkeypatch.setattr(synthesis, "_run", lambda *arguments: (runs.append(1), run(*arguments))[1])
    synthesize(design("a_i & b_i"), library)
    path = synthesize(design("a_i & b_i"), library)
    assert len(runs) == 1
    path.write_text("{}")  # damaged
    synthesize(design("a_i & b_i"), library)
    synthesize(design("a_i | b_i"), library)
    assert len(runs) == 3
    changed = tmp_path / "cells.lib"
    changed.write_text(library.path.read_text() + "\n")
    synthesize(design("a_i & b_i"), read_library(changed))
    monkeypatch.setattr(synthesis, "yosys_version", lambda: "another")
    synthesize(design("a_i & b_i"), library)
    assert len(runs) == 5


@pytest.mark.parametrize(
    ("rtl_", "said"),
    [
        (design("a_i &"), "Yosys cannot map top"),
        (design("missing"), None),
        (Rtl("absent", design("a_i").text, ()), "absent"),
        (replace(design("a_i"), top="top; shell touch hacked"), "no module name"),
        (replace(design("a_i"), top="top\nshell touch hacked"), "no module name"),
        (replace(design("a_i"), top="-o"), "no module name"),
    ],
)
def test_what_yosys_refuses_is_one_sentence(
    rtl_: Rtl, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    library = read_library()
    with pytest.raises(SynthesisError, match=said) as caught:  # noqa: PT012
        path = synthesize(rtl_, library)
        read_netlist(path, rtl_.top, library)  # an undriven net
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("hacked"))
    assert not [path for path in tmp_path.glob("netlists/.*") if path.suffix != ".lock"]


def test_hostile_names_of_files_are_no_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    source, cells = tmp_path / "x.v; shell touch hacked #.v", tmp_path / 'c" ; shell touch hacked.lib'
    source.write_text(design("a_i & b_i").text)
    cells.write_text(read_library().path.read_text())
    synthesize(Rtl("top", "", (source,)), read_library(cells))
    assert not list(tmp_path.rglob("hacked"))


def test_a_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path))
    with pytest.raises(SynthesisError, match=r"took more than 0.01 s"):
        synthesize(design("a_i & b_i"), read_library(), seconds=0.01)
    with pytest.raises(CostError, match="seconds = 0"):
        synthesize(design("a_i & b_i"), read_library(), seconds=0)


def test_without_yosys(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise synthesis.PackageNotFoundError(name)

    monkeypatch.setattr(synthesis, "version", missing)
    synthesis.yosys_version.cache_clear()
    try:
        with pytest.raises(SynthesisError, match=r"pip install 'goldaxe\[synth\]'"):
            cost("exact4")
    finally:
        synthesis.yosys_version.cache_clear()


def test_commands_hold_no_text_from_outside() -> None:
    assert all(line.isascii() and ";" not in line for line in commands("top", 3))
    with pytest.raises(ValueError, match="no module name"):
        commands("top; shell ls", 1)
