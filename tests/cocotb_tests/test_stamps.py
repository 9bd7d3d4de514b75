"""A stamp is valid for just the content that was verified, and nothing else; damaged ones are none."""

import json
from dataclasses import replace

import pytest
from wrong_designs import EXACT, exact, model, verilog, with_edit

import cocotb_tests._stamp
import cocotb_tests._verify
from cocotb_tests import stamp_of, verify
from cocotb_tests._bit_vectors import Outcome
from cocotb_tests._evidence import Evidence
from multipliers import get, rtl


@pytest.fixture
def drum(private_cache):
    """A verified multiplier in a cache of its own."""
    multiplier = get("drum", width=4, k=3)
    assert stamp_of(multiplier) is None
    assert verify(multiplier).passed
    return multiplier


def test_stamp_says_what_was_done(drum):
    stamp = stamp_of(drum)
    assert stamp is not None
    assert (stamp.label, stamp.parameters, stamp.vectors, stamp.exhaustive, stamp.passed) == (
        "drum4_k3",
        {"k": 3},
        256,
        True,
        True,
    )
    assert set(stamp.tools) == {"cocotb", "verilator", "numpy", "python", "compiler"}
    assert stamp.date.endswith("+00:00")


def test_edited_rtl_is_not_verified_until_the_edit_is_taken_back(drum, tmp_path):
    edited = with_edit(drum, tmp_path, "drum.v", "endmodule", "// a comment\nendmodule")
    assert stamp_of(drum, edited) is None
    with_edit(drum, tmp_path, "drum.v", "endmodule", "endmodule")
    assert stamp_of(drum, edited) is not None


def test_changed_model_is_not_verified(drum):
    changed = replace(drum, function=lambda a, b: drum.function(a, b) ^ ((a == 15) & (b == 15)))
    assert stamp_of(changed) is None


def test_other_helper_of_a_wide_model_is_not_verified(private_cache):
    wide = get("exact11")
    assert verify(wide, samples=10).passed
    assert stamp_of(wide) is not None
    assert stamp_of(replace(wide, function=lambda a, b: a * b + (a == 3))) is None


def test_identity_is_content_and_not_the_label(drum):
    assert stamp_of(replace(drum, label="renamed"), rtl(drum)) is not None
    assert stamp_of(get("exact", width=4)) is None


@pytest.mark.parametrize("tool", ["cocotb", "verilator", "numpy", "python", "compiler"])
def test_other_tool_version_is_not_verified(drum, monkeypatch, tool):
    versions = cocotb_tests._stamp.versions()
    monkeypatch.setattr(cocotb_tests._stamp, "versions", lambda: {**versions, tool: "0.1"})
    assert stamp_of(drum) is None


def test_other_bench_is_not_verified(drum, monkeypatch):
    monkeypatch.setattr(cocotb_tests._stamp, "bench_hash", lambda: "0" * 64)
    assert stamp_of(drum) is None


def _damaged(text: str, **changes: object) -> str:
    return json.dumps({**json.loads(text), **changes})


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "null",
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: "\x00\xff",
        lambda text: _damaged(text, passed=True),
        lambda text: _damaged(text, exhaustive=True),
        lambda text: _damaged(text, vectors="many"),
        lambda text: _damaged(text, vectors=256.0),
        lambda text: _damaged(text, widths=[4, 4]),
        lambda text: _damaged(text, widths=[4, 4, 10**9]),
        lambda text: _damaged(text, widths=[4.0, 4, 8]),
        lambda text: _damaged(text, seed=-1),
        lambda text: _damaged(text, samples=0),
        lambda text: _damaged(text, samples=10**15),
        lambda text: _damaged(text, products=None),
        lambda text: _damaged(text, again=[[1, 2, 3]]),
        lambda text: _damaged(text, surprise=1),
        lambda text: _damaged(text, rtl="0" * 64),
        lambda text: _damaged(text, tools=[]),
        lambda text: _damaged(text, counterexamples=[["1", "2"]]),
        lambda text: _damaged(text, counterexamples=7),
        lambda text: json.dumps({"passed": True}),
    ],
)
def test_damaged_stamp_is_no_stamp_and_is_replaced(drum, damage):
    stamp = stamp_of(drum)
    assert stamp is not None
    text = stamp.path.read_text()
    stamp.path.write_text(damage(text), encoding="latin-1")
    assert stamp_of(drum) is None
    assert verify(drum).passed
    assert stamp_of(drum) is not None


def test_stamp_that_is_a_folder_is_no_stamp(drum):
    stamp = stamp_of(drum)
    assert stamp is not None
    stamp.path.unlink()
    stamp.path.mkdir()
    assert stamp_of(drum) is None


def test_multiplier_without_verilog_has_no_stamp(private_cache):
    assert stamp_of(model(exact)) is None


def test_failing_run_takes_an_earlier_stamp_away(private_cache, monkeypatch):
    multiplier = model(exact)
    assert verify(multiplier, rtl=EXACT).passed
    assert stamp_of(multiplier, EXACT) is not None
    monkeypatch.setattr(cocotb_tests._verify, "_simulated", lambda *arguments: Outcome(1, ((7, 1),), Evidence(1 << 16, "")))
    assert not verify(multiplier, rtl=EXACT).passed
    assert stamp_of(multiplier, EXACT) is None


def test_pair_that_failed_is_in_every_later_sample(private_cache):
    ports = "input wire [15:0] a_i, input wire [15:0] b_i, output wire [31:0] p_o"
    rare = verilog("assign p_o = (a_i[15:4] == 12'h123) ? 0 : a_i * b_i;", ports)
    multiplier = model(exact, width=16)
    assert verify(multiplier, rtl=rare, samples=10, seed=1).passed
    assert not verify(multiplier, rtl=rare, samples=60_000, seed=2).passed
    again = verify(multiplier, rtl=rare, samples=10, seed=1)
    assert not again.passed
    assert stamp_of(multiplier, rare) is None


def test_counterexamples_outside_the_ports_do_no_harm(private_cache):
    wide = get("exact11")
    path = verify(wide, samples=10).stamp
    assert path is not None
    path.write_text(_damaged(path.read_text(), counterexamples=[[10**30, -5], [1, 2]]))
    assert verify(wide, samples=10).passed
