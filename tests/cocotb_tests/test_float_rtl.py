"""The Verilog of floating-point multipliers computes what their models compute: all pairs of 8-bit formats, else samples."""

import pytest
from wrong_designs import exact, model, verilog, with_edit

from cocotb_tests import stamp_of, verify
from multipliers import Multiplier, Operand, floats
from multipliers.floats import FloatFormat, FloatMultiplier

OTHERS = {
    "e4m3fn_abm4_m4": "products of 10 signed bits, of which some are below those of exact significands",
    "e4m3fn_cell_array4_m3": "products of 9 bits, longer than those of exact significands",
    "e4m3_rz_ftz_truncated_columns4_v4": "infinities at 4 bits of exponent",
    "e2m1_exact2": "the smallest format",
    "e2m15fn_exact16": "most subnormal places, more than exponents",
    "fp16_exact11": "the widest significands whose products are all looked at",
    "e8m15_exact16": "the largest format, with a normaliser of full length",
}


@pytest.mark.parametrize("label", [*(multiplier.label for multiplier in floats.defaults()), *OTHERS])
def test_rtl_equals_model(label: str) -> None:
    multiplier = floats.get(label).circuit
    result = verify(multiplier)
    assert result.passed, str(result)
    pairs = multiplier.a.codes * multiplier.b.codes
    assert (result.exhaustive, pairs <= result.vectors) == ((pairs <= 1 << 16,) * 2)
    assert result.exhaustive or result.vectors > 20_000
    stamp = stamp_of(multiplier)
    assert stamp is not None
    assert (stamp.exhaustive, stamp.vectors) == (result.exhaustive, result.vectors)


def test_significands_of_a_users_own_verilog_with_products_of_zero_and_below() -> None:
    operand, port = Operand(4, signed=False), Operand(9, signed=True)
    body = "assign p_o = {5'd0, a_i} * {5'd0, b_i} - 9'd150;"
    lower = verilog(body, "input wire [3:0] a_i, input wire [3:0] b_i, output wire [8:0] p_o")
    core = Multiplier("lower", operand, operand, port, lambda a, b: a * b - 150, verilog=lower)
    multiplier = FloatMultiplier(FloatFormat.named("e4m3fn"), core).circuit
    result = verify(multiplier)
    assert (result.passed, result.exhaustive) == (True, True), str(result)
    assert multiplier(0x38, 0x38) == multiplier(0x3A, 0x3F) == 0  # 8 * 8 - 150 and 10 * 15 - 150
    assert stamp_of(multiplier) is not None


def test_without_verilog_there_is_nothing_to_verify() -> None:
    multiplier = FloatMultiplier(FloatFormat.named("bf16"), model(exact)).circuit
    assert stamp_of(multiplier) is None
    with pytest.raises(ValueError, match="bf16_mine8 is a Python function or table without Verilog"):
        verify(multiplier)


@pytest.mark.parametrize(
    ("label", "file", "old", "new"),
    [
        ("bf16_exact8", "float_multiplier.v", "infinite & zero", "1'b0"),
        ("bf16_drum8_k4", "drum.v", "{1'b0, b_shift}", "5'd0"),
    ],
)
def test_wrong_verilog_is_caught_in_a_sample(label: str, file: str, old: str, new: str, tmp_path) -> None:
    multiplier = floats.get(label).circuit
    assert verify(multiplier, rtl=with_edit(multiplier, tmp_path, file, old, new)).failures > 0
