"""What "exhaustive" and "verified" rest on is counted: a run of fewer pairs, or a stamp that claims more, is found out."""

import hashlib
import json
import struct
from dataclasses import replace

import numpy as np
import pytest
from wrong_designs import EXACT, exact, model, verilog

import cocotb_tests._runner
import cocotb_tests._tried
from cocotb_tests import SimulatorError, stamp_of, verify, verify_many
from cocotb_tests._evidence import Evidence, evidence, evidence_of_all_pairs
from multipliers import Multiplier, Vectors, exhaustive, floats, get


def by_hand(rows: list[tuple[int, int, int]]) -> Evidence:
    """Pairs and hash, one row after the other."""
    distinct = sorted(set(rows))
    digest = hashlib.sha256(b"".join(struct.pack("<QQQ", *row) for row in distinct)).hexdigest()
    return Evidence(len({row[:2] for row in distinct}), digest)


def test_order_and_repetition_do_not_matter_and_every_product_does() -> None:
    rows = [(3, 1, 3), (0, 2, 0), (3, 1, 3), (2, 7, 14), (2**63 + 1, 5, 2**64 - 1)]
    assert evidence(*(np.array(column, np.uint64) for column in zip(*rows, strict=True))) == by_hand(rows)
    wrong = [*rows, (2, 7, 15)]
    assert evidence(*(np.array(column, np.uint64) for column in zip(*wrong, strict=True))) == by_hand(wrong) != by_hand(rows)
    none = np.zeros(0, np.uint64)
    assert evidence(none, none, none) == Evidence(0, hashlib.sha256().hexdigest())


@pytest.mark.parametrize("label", ["exact4", "exact4s", "drum4us_k3", "exact4su"])
def test_all_pairs_of_a_model_by_hand(label: str) -> None:
    multiplier = get(label)
    bits = [
        (a & 15, b & 15, int(multiplier(a, b)) & (multiplier.p.codes - 1))
        for a in range(multiplier.a.low, multiplier.a.high + 1)
        for b in range(multiplier.b.low, multiplier.b.high + 1)
    ]
    assert evidence_of_all_pairs(multiplier) == by_hand(bits)
    assert by_hand(bits).pairs == 256


def first_thousand(multiplier: Multiplier) -> Vectors:
    return cut(exhaustive(multiplier))


def cut(vectors: Vectors) -> Vectors:
    return Vectors(vectors.a[:1000], vectors.b[:1000], vectors.ports)


def test_vectors_that_are_not_all_pairs_do_not_count_as_such() -> None:
    every = exhaustive(get("exact8s"))
    assert every.exhaustive
    assert str(every) == "exhaustive, 65,536 vectors"
    assert str(cut(every)) == "sampled, 1,000 vectors"
    repeated = np.where(np.arange(65_536) == 7777, 0, every.a)
    assert not Vectors(repeated, every.b, every.ports).exhaustive


@pytest.mark.parametrize("multiplier", [get("drum8_k4"), floats.get("e4m3fn_exact4").circuit], ids=lambda one: one.label)
def test_a_cut_test_is_no_verification(private_cache, monkeypatch, multiplier) -> None:
    monkeypatch.setattr(cocotb_tests._tried, "exhaustive", first_thousand)
    (result,) = verify_many([multiplier])
    assert not result.passed
    assert str(result) == (
        f"{multiplier.label}: not verified: {multiplier.label}: 1,000 operand pairs were simulated where 65,536 had to be"
    )
    assert stamp_of(multiplier) is None


@pytest.mark.parametrize("column", [0, 1])
def test_what_counts_is_what_stood_on_the_ports(private_cache, monkeypatch, column) -> None:
    really = cocotb_tests._runner.run_bench

    def stuck(*arguments, **settings):
        answer = really(*arguments, **settings)
        seen = np.frombuffer(answer["seen"], np.uint64).reshape(3, -1).copy()
        seen[column] = 0
        return answer | {"seen": seen.tobytes()}

    monkeypatch.setattr(cocotb_tests._runner, "run_bench", stuck)
    with pytest.raises(SimulatorError, match="16 operand pairs were simulated where 256 had to be"):
        verify(get("drum", width=4, k=3))


def test_a_bench_that_overlooks_a_wrong_product_is_found_out(private_cache, monkeypatch) -> None:
    wrong = verilog("assign p_o = (a_i == 200 && b_i == 100) ? 16'd19999 : a_i * b_i;")
    really = cocotb_tests._runner.run_bench

    def blind(*arguments, **settings):
        return really(*arguments, **settings) | {"failures": 0, "mismatches": []}

    monkeypatch.setattr(cocotb_tests._runner, "run_bench", blind)
    assert verify(model(exact), rtl=EXACT).passed
    with pytest.raises(SimulatorError, match="mine8: the bench counts 0 wrong products, but other products stood on"):
        verify(model(exact), rtl=wrong)
    assert stamp_of(model(exact), wrong) is None


FORGED = {
    "one vector": {"vectors": 1},
    "fewer than none": {"vectors": -5},
    "none": {"vectors": 0},
    "one too few": {"vectors": 255},
    "one too many": {"vectors": 257},
    "counterexamples": {"counterexamples": [[1, 2]]},
    "other products": {"products": "0" * 64},
    "narrower ports": {"widths": [2, 2, 4]},
    "wider ports": {"widths": [8, 8, 16]},
}


@pytest.mark.parametrize("multiplier", [get("drum4_k3"), floats.get("e2m1_exact2").circuit], ids=lambda one: one.label)
def test_forged_stamps_of_all_pairs_are_none(private_cache, multiplier) -> None:
    path = verify(multiplier).stamp
    assert path is not None
    text = path.read_text()
    for what, changes in FORGED.items():
        path.write_text(json.dumps(json.loads(text) | changes))
        assert stamp_of(multiplier) is None, what
    path.write_text(text)
    stamp = stamp_of(multiplier)
    assert stamp is not None
    assert (stamp.exhaustive, stamp.vectors) == (True, 256)
    assert not replace(stamp, vectors=255).exhaustive


def test_forged_stamps_of_samples_are_none(private_cache) -> None:
    multiplier = get("exact16")
    path = verify(multiplier, samples=100).stamp
    assert path is not None
    text, stamp = path.read_text(), stamp_of(multiplier)
    assert stamp is not None
    assert not stamp.exhaustive
    forged = [
        {"vectors": 21_000},
        {"vectors": 1},
        {"vectors": 1 << 32},
        {"samples": 21_000},
        {"samples": 1},
        {"seed": 7},
        {"again": [[123, 457]]},
        {"vectors": 21_000, "widths": [8, 8, 16]},
        {"counterexamples": [[1, 2]]},
        {"products": evidence_of_all_pairs(get("exact8")).products, "vectors": 65_536},
    ]
    for changes in forged:
        path.write_text(json.dumps(json.loads(text) | changes))
        assert stamp_of(multiplier) is None, changes
    path.write_text(text)
    assert stamp_of(multiplier) == stamp


def test_pairs_that_failed_are_remembered_beyond_a_run_that_passes(private_cache) -> None:
    multiplier = get("exact16")
    path = verify(multiplier, samples=100).stamp
    assert path is not None
    path.write_text(json.dumps(json.loads(path.read_text()) | {"counterexamples": [[123, 457]]}))
    for _ in range(2):
        assert verify(multiplier, samples=100).passed
        stamp = stamp_of(multiplier)
        assert stamp is not None
        assert (stamp.again, stamp.counterexamples) == ([[123, 457]], [])
