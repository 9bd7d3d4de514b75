"""Many multipliers at once, and what is said to bad input."""

import pytest
from wrong_designs import exact, model

import cocotb_tests._verify
from cocotb_tests import SimulatorError, verify, verify_many
from multipliers import CacheError, MultiplierError, Operand, get, rtl

SMALL = [("drum", {"k": 3}), ("exact", {}), ("drum", {"k": 4})]


def small_multipliers():
    return [get(name, width=4, **parameters) for name, parameters in SMALL]


def test_results_keep_their_order_and_progress_hears_of_each():
    heard = []
    multipliers = small_multipliers()
    results = verify_many(multipliers, jobs=2, progress=heard.append)
    assert [result.label for result in results] == [multiplier.label for multiplier in multipliers]
    assert sorted(result.label for result in heard) == sorted(result.label for result in results)
    assert all(result.passed for result in results)


def test_one_that_cannot_be_verified_does_not_stop_the_others():
    results = verify_many([model(exact), get("exact", width=4)], jobs=1)
    assert [result.passed for result in results] == [False, True]
    assert str(results[0]) == "mine8: not verified: mine8 is a Python function or table without Verilog"


def test_error_of_the_simulator_is_in_the_report(monkeypatch):
    def broken(*arguments, **settings):
        raise SimulatorError("it broke")

    monkeypatch.setattr(cocotb_tests._verify, "build", broken)
    (result,) = verify_many([get("exact", width=4)])
    assert (result.passed, result.error) == (False, "it broke")


def test_unusable_cache_stops_all(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(CacheError):
        verify_many(small_multipliers())


@pytest.mark.parametrize("wrong", [{"jobs": 0}, {"jobs": -1}])
def test_wrong_number_of_jobs(wrong):
    with pytest.raises(ValueError, match="jobs = "):
        verify_many(small_multipliers(), **wrong)


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"samples": -5}, {"seed": -1}])
def test_wrong_samples_and_seeds(wrong):
    with pytest.raises(ValueError, match="at least one sample and a seed from 0 on are needed"):
        verify(get("exact11"), **wrong)


def test_products_outside_the_port_are_an_error():
    too_large = model(lambda a, b: a * b + (1 << 32), width=16)
    with pytest.raises(MultiplierError, match="mine8: its products do not fit its 32-bit product port"):
        verify(too_large, rtl=rtl(get("exact16")))


def test_seed_draws_other_samples(monkeypatch):
    seen = []
    monkeypatch.setattr(cocotb_tests._verify, "_simulated", lambda source, bits, seed: seen.append(bits.a.tobytes()))
    for seed in (1, 1, 2):
        with pytest.raises(AttributeError):
            verify(get("exact11"), seed=seed)
    assert seen[0] == seen[1] != seen[2]


def test_operands_are_of_any_sign():
    assert verify(get("exact", width=4, a_signed=True)).ports[0] == Operand(4, signed=True)
