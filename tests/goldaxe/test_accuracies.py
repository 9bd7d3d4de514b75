"""Numbers that are made of accuracies, energies and runs, by hand."""

from dataclasses import replace

import pytest
import torch

from accelerator.schedule import Traffic
from cocotb_tests import Verification
from cocotb_tests._report import Mismatch
from goldaxe._compare import Compared, as_csv
from goldaxe._evaluate import Evaluation
from goldaxe._methods import method
from goldaxe._pareto import Point, variants
from goldaxe._pareto import as_csv as points_as_csv
from goldaxe._retrain import Retrained, _Run
from goldaxe.cosim._energy import LayerEnergy, memory_energy
from goldaxe.cosim._judge import sums_of
from multipliers import Operand, get, measure
from pysim.train import Budget


def test_losses_are_to_float() -> None:
    found = Evaluation("w", "a", "a", "e", 200, 150, 160, 180, 8, 8, None, 1.0)
    assert (found.accuracy, found.loss) == (0.75, 0.15)


def run(after: float, seed: int = 0, steps: int = 10) -> Retrained:
    return Retrained("w", "m", "difference", seed, 0.9, 0.4, after, 2, steps, 5.0, [])


def test_spread_is_that_of_a_sample() -> None:
    """Of 0.8, 0.82 and 0.87: the mean is 0.83, and the squares of 3, 1 and 4 points are divided by 2."""
    assert run(0.8).lost == pytest.approx(10)
    rows = Compared("w", "m", "difference", (run(0.8), run(0.82), run(0.87)))
    assert (rows.float_accuracy, rows.before) == (0.9, 0.4)
    assert rows.after == pytest.approx(0.83)
    assert rows.lost == pytest.approx(7)
    assert rows.spread == pytest.approx(13**0.5)
    assert rows.step_milliseconds == pytest.approx(500)
    one = Compared("w", "m", "batch-norm", (replace(run(0.8), steps=0),))
    assert (one.spread, one.step_milliseconds) == (0, 0)
    lines = as_csv([rows]).splitlines()
    assert lines[1].split(",")[:10] == ["w", "m", "difference", "3", "0.9000", "0.4000", "0.8300", "3.61", "7.00", "500.0"]


def staged(epochs: int, *stages: str, how: str = "progressive") -> _Run:
    made = object.__new__(_Run)
    made.stages, made.budget, made.plan = list(stages), Budget(epochs=epochs), method(how)
    return made


@pytest.mark.parametrize(
    ("epochs", "stages", "expected"),
    [(6, "abc", "aabbcc"), (7, "abc", "aaabbcc"), (2, "abc", "ab"), (3, "a", "aaa"), (5, "ab", "aaabb")],
)
def test_each_stage_has_its_share_of_the_epochs(epochs: int, stages: str, expected: str) -> None:
    made = staged(epochs, *stages)
    assert "".join(made._stage(epoch) for epoch in range(epochs)) == expected
    assert (made._stage(-1), made._stage(epochs + 3)) == (stages[0], stages[-1])


@pytest.mark.parametrize(("epochs", "exact"), [(3, [2]), (4, [2, 3]), (7, [4, 5, 6]), (1, [0])])
def test_the_last_third_is_simulated_exactly(epochs: int, exact: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    made, said = staged(epochs, "a", how="error-model"), []
    made.at = "a"
    monkeypatch.setattr("goldaxe._retrain.set_forward_", lambda model, forward: said.append(forward))
    for epoch in range(epochs):
        before = len(said)
        assert made._before(torch.nn.Identity(), epoch) is False
        assert (len(said) > before) == (epoch in exact)
    assert set(said) == {"simulation"}


def test_corrections_alone_do_not_train() -> None:
    assert [method(name).trains for name in ("batch-norm", "control-variate", "batch-norm+control-variate")] == [False] * 3
    assert [method(name).trains for name in ("straight-through", "batch-norm+distillation", "scales-only")] == [True] * 3


def test_bytes_have_the_published_energies() -> None:
    """Horowitz: 10 pJ for 8 bytes of SRAM, 1.3 nJ for 8 bytes of DRAM."""
    assert memory_energy(Traffic(weights=8, activations=8, sums=16, results=8)) == 5 * 10
    assert memory_energy(Traffic(dram_weights=8, dram_values=24)) == 4 * 1300
    assert LayerEnergy(2.5, 100, 0.5, "fJ").total == 250


def test_signs_of_default_variants() -> None:
    assert all(not found.a.signed and not found.b.signed for found in variants(False))
    assert all(found.a.signed and found.b.signed for found in variants(True))
    assert {"drum8_k4", "udm8"} <= {found.label for found in variants(False)}
    assert {"drum8s_k4", "udm8s"} <= {found.label for found in variants(True)}


def test_points_as_csv_have_a_column_for_each_name() -> None:
    class Costs:
        label, area, cells, delay, energy, area_ratio, delay_ratio, energy_ratio = "m", 1, 2, 3, 4, 5, 6, 7

    header, row = points_as_csv([Point(Costs(), measure(get("drum4_k3")), 4, 0, True)]).splitlines()  # type: ignore[arg-type]
    said = dict(zip(header.split(","), row.split(","), strict=True))
    assert [said[name] for name in ("area", "cells", "delay", "energy", "area_ratio", "delay_ratio", "energy_ratio")] == list(
        "1234567"
    )
    assert (said["multiplier"], said["on_front"], said["metrics_exhaustive"]) == ("m", "1", "1")
    assert float(said["mae"]) == measure(get("drum4_k3")).mae


def test_sums_are_wrapped_to_32_bits() -> None:
    class Operation:
        class matrix:  # noqa: N801
            constant = torch.tensor([5, -7], dtype=torch.int32).numpy()

    acc = torch.tensor([[-(2**31), 2**31 - 1], [0, 3]], dtype=torch.int32)
    assert sums_of(Operation(), acc).tolist() == [[2**31 - 5, -(2**31) + 6], [-5, 10]]  # type: ignore[arg-type]


def test_a_verification_of_nothing_has_not_passed() -> None:
    ports = (Operand(4, False), Operand(4, True), Operand(8, True))
    assert not Verification("m", ports).passed
    assert Verification("m", ports, vectors=1).passed
    assert not Verification("m", ports, vectors=1, failures=1).passed
    assert not Verification("m", ports, vectors=1, error="no").passed
    said = str(Verification("m", ports, vectors=256, failures=9, mismatches=(Mismatch(3, -2, -6, 5),) * 9))
    lines = said.splitlines()
    assert lines[0] == "m: RTL differs from model on 9 of 256 pairs (exhaustive)"
    assert lines[1] == "  a = 3 (0011), b = -2 (1110), expected = -6 (11111010), got = 5 (00000101)"
    assert (len(lines), lines[-1]) == (10, "  and 1 more")
