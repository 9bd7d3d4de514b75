"""Mutants of clocked modules: killed by a recording that looks, proved equivalent where nobody can look, and else named."""

from importlib.util import find_spec

import numpy as np
import pytest

from accelerator.array._ports import Port
from goldaxe.formal import FormalError, Module, Recording, Score, score
from goldaxe.formal._sequential import DIFFERENT, EQUAL
from multipliers import Rtl

if not find_spec("pyosys"):
    pytest.skip("pyosys is not installed", allow_module_level=True)

TEXT = """module held (
    input  wire       clk_i,
    input  wire       rst_ni,
    input  wire       valid_i,
    input  wire [1:0] x_i,
    output wire       valid_o,
    output wire [1:0] x_o
);
  reg valid_q;
  reg [1:0] x_q;
  always @(posedge clk_i) valid_q <= valid_i & rst_ni;
  always @(posedge clk_i) if (valid_i) x_q <= ~x_i;
  assign valid_o = valid_q;
  assign x_o = x_q;
endmodule
"""
PORTS = tuple(
    Port(name, width, output)
    for name, width, output in (("clk_i", 1, False), ("rst_ni", 1, False), ("valid_i", 1, False), ("x_i", 2, False),
                                ("valid_o", 1, True), ("x_o", 2, True))
)  # fmt: skip
HELD = Module(Rtl("held", TEXT, ()), PORTS, {"x_o": "valid_o"})


def recording(cycles: int, looks: int = 3) -> Recording:
    """Random inputs, and what has to come out; `looks` are the bits of x_o that are compared."""
    rng = np.random.default_rng(0)
    x, valid = rng.integers(0, 4, cycles).tolist(), (rng.random(cycles) < 0.5).astype(int).tolist()
    reset = [int(n > 0 and rng.random() < 0.9) for n in range(cycles)]
    came = [0, *(v & r for v, r in zip(valid, reset, strict=True))][:cycles]
    out = [(3 - before, looks if now else 0) for before, now in zip([0, *x[:-1]], came, strict=True)]
    expected = {"valid_o": [(bit, int(n > 0)) for n, bit in enumerate(came)], "x_o": out}
    return Recording(f"{cycles} cycles", {"rst_ni": reset, "valid_i": valid, "x_i": x}, expected)


def scored(recording: Recording, number: int = 1000) -> Score:
    return score(HELD, [recording], number=number)


def test_all_are_killed_or_proved_equivalent() -> None:
    found = scored(recording(200))
    assert found.killed + found.equivalent == len(found.mutants) == found.possible
    # The enable of x_q, always taken: x_o only counts with valid_o.
    enable = [mutant for mutant in found.mutants if mutant.proved == EQUAL]
    assert enable
    assert all("held.v:12" in mutant.source for mutant in enable), enable


def test_what_a_recording_does_not_look_at_is_named() -> None:
    found = scored(recording(200, looks=1), number=20)
    assert found.survivors
    assert {mutant.proved for mutant in found.survivors} == {DIFFERENT}


def test_a_recording_that_the_module_does_not_follow_is_refused() -> None:
    wrong = recording(20)
    wrong.expected["valid_o"][5] = (1 - wrong.expected["valid_o"][5][0], 1)
    with pytest.raises(FormalError, match="without a mutation it differs from 20 cycles in cycle 5"):
        scored(wrong)
