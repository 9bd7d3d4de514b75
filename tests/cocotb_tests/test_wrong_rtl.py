"""Verilog that is not what its model says is caught, counted, printed and shown in a waveform."""

from pathlib import Path

import numpy as np
import pytest
from wrong_designs import EXACT, exact, model, verilog, with_edit

import cocotb_tests._runner
from cocotb_tests import SimulatorError, stamp_of, verify
from multipliers import Rtl, get


def test_one_wrong_pair_of_all_is_found_and_printed(private_cache):
    wrong = verilog("assign p_o = (a_i == 200 && b_i == 100) ? 16'd19999 : a_i * b_i;")
    result = verify(model(exact), rtl=wrong)
    assert not result.passed
    assert result.waveform is not None
    assert str(result).splitlines() == [
        "mine8: RTL differs from model on 1 of 65,536 pairs (exhaustive)",
        "  a = 200 (11001000), b = 100 (01100100), expected = 20000 (0100111000100000), got = 19999 (0100111000011111)",
        f"  waveform: {result.waveform}",
    ]


def test_waveform_shows_the_failing_pair_inside_the_design(private_cache):
    wrong = verilog("wire odd = a_i == 200 && b_i == 100; assign p_o = odd ? 16'd19999 : a_i * b_i;")
    result = verify(model(exact), rtl=wrong)
    assert result.waveform is not None
    waveform = result.waveform.read_text()
    assert " odd " in waveform
    for bits in ("b11001000", "b01100100", "b0100111000011111"):
        assert bits in waveform
    assert len(waveform) < 10_000


def test_edited_library_file_fails_on_just_the_pairs_that_the_edit_changes(tmp_path):
    signed = get("drum8s_k4")
    edited = with_edit(signed, tmp_path, "apply_sign.v", "negative_i ? -magnitude_i", "1'b0 ? -magnitude_i")
    result = verify(signed, rtl=edited)
    products = signed.table
    assert result.failures == np.count_nonzero(products < 0) > 0
    first = result.mismatches[0]
    assert (first.a, first.b, first.expected, first.got) == (1, -128, -144, 144)
    assert str(result).splitlines()[9] == f"  and {result.failures - 8:,} more"


def test_signed_mismatch_is_printed_with_its_sign_and_its_bits():
    multiplier = get("exact8s")
    wrong = verilog("assign p_o = (a_i == 8'hff && b_i == 8'h02) ? 16'shfffd : $signed(a_i) * $signed(b_i);")
    result = verify(multiplier, rtl=wrong)
    assert result.failures == 1
    assert "a = -1 (11111111), b = 2 (00000010), expected = -2 (1111111111111110), got = -3 (1111111111111101)" in str(result)


def test_transposed_model_is_caught():
    upper = verilog("assign p_o = a_i * {b_i[7:4], 4'd0};")
    assert verify(model(lambda a, b: a * (b & 0xF0)), rtl=upper).passed
    result = verify(model(lambda a, b: b * (a & 0xF0)), rtl=upper)
    a, b = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    assert result.failures == np.count_nonzero(a * (b & 0xF0) != b * (a & 0xF0))


def test_wide_mismatch_at_a_corner_is_found_in_the_sample():
    ports = "input wire [15:0] a_i, input wire [15:0] b_i, output wire [31:0] p_o"
    wrong = verilog("assign p_o = (&a_i && &b_i) ? 0 : a_i * b_i;", ports)
    result = verify(model(exact, width=16), rtl=wrong, samples=10)
    assert (result.failures, result.exhaustive) == (1, False)
    assert "sampled" in str(result)


def test_failing_verilog_gets_no_valid_stamp():
    wrong = verilog("assign p_o = 0;")
    result = verify(model(exact), rtl=wrong)
    assert result.stamp is not None
    assert result.stamp.exists()
    assert stamp_of(model(exact), rtl=wrong) is None


@pytest.mark.parametrize(
    ("rtl", "sentence"),
    [
        (verilog("assign p_o = ;"), "Verilator rejects the RTL of mine: .*syntax error.*; log: "),
        (verilog("reg [15:0] p; always @* if (a_i[0]) p = b_i; assign p_o = p;"), "Latch inferred"),
        (verilog("assign p_o[14:0] = 0;"), r"Bits of signal are not driven: 'p_o'\[15\]"),
        (verilog("wire [7:0] c; assign p_o = a_i * b_i + c;"), "Signal is not driven: 'c'"),
        (verilog("reg [15:0] p; always @* p = a_i; always @* p = b_i; assign p_o = p;"), "multiple combinational drivers"),
        (verilog("missing u (.a(a_i));"), "Cannot find file containing module: 'missing'"),
        (verilog("wire loop = ~loop ^ a_i[0]; assign p_o = {16{loop}};"), "ended without a result: .*did not converge"),
        (verilog("assign p_o = 0;", "input wire [7:0] a_i, output wire [15:0] p_o"), "the module has no port b_i"),
        (
            verilog("assign p_o = 0;", "input wire [7:0] a_i, input wire [7:0] b_i, output wire [14:0] p_o"),
            "port p_o has 15 bits where the model has 16",
        ),
        (Rtl("nothing", EXACT.text, ()), "'nothing' was not found"),
        (Rtl("no such;", EXACT.text, ()), "is not a plain Verilog identifier"),
    ],
    ids=[
        "syntax",
        "latch",
        "undriven bit",
        "undriven wire",
        "two drivers",
        "missing module",
        "loop",
        "no port",
        "narrow port",
        "no top",
        "odd top",
    ],
)
def test_verilog_that_cannot_be_simulated_is_said_in_one_sentence(rtl, sentence):
    with pytest.raises(SimulatorError, match=sentence) as error:
        verify(model(exact), rtl=rtl)
    assert "\n" not in str(error.value)


def test_log_that_an_error_names_exists():
    with pytest.raises(SimulatorError) as error:
        verify(model(exact), rtl=verilog("assign p_o = ;"))
    log = str(error.value).rpartition("log: ")[2]
    assert "syntax error" in Path(log).read_text()


def test_missing_file_is_named(tmp_path):
    with pytest.raises(SimulatorError, match=r"cannot read the RTL file .*gone\.v: No such file"):
        verify(model(exact), rtl=Rtl("mine", EXACT.text, (tmp_path / "gone.v",)))


def test_endless_simulation_is_ended(monkeypatch):
    monkeypatch.setattr(cocotb_tests._runner, "START_SECONDS", 2 - 65.536)
    endless = verilog(
        "reg [15:0] p; integer i; always @* begin p = 0; for (i = 0; i >= 0; i = 0) p = p + a_i; end assign p_o = p;"
    )
    with pytest.raises(SimulatorError, match="the simulation of mine took longer than 2 s; log: "):
        verify(model(exact), rtl=endless)


def test_verilog_that_remembers_is_caught():
    remembers = verilog("reg last; always @(posedge a_i[0]) last <= b_i[7]; assign p_o = a_i * b_i + last;")
    assert not verify(model(exact), rtl=remembers).passed
