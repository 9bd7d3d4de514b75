"""The cost model: a line in the number of planes, kept only if two measurements agree, and never the judge of results."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from isas import ISAS, running

from multipliers._cache import VARIABLE
from pysim.kernels import compile_plan, cost
from pysim.kernels.cost import Costs
from pysim.kernels.cpu.interface import isa_in_use


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    cost._costs.cache_clear()
    yield tmp_path / "costs"
    cost._costs.cache_clear()


def test_planes_lie_on_a_line_and_the_cheaper_is_chosen() -> None:
    costs = Costs(1.0, 0.5, 2.6)
    assert [costs.planes(n) for n in (1, 2, 5)] == [1.0, 1.5, 3.0]
    a, b = np.arange(256), np.arange(-127, 128)
    exact = compile_plan(np.multiply.outer(a, b), 0, -127, cache=False)
    assert not costs.prefers_table(exact)
    assert Costs(3.0, 0.5, 2.6).prefers_table(exact)
    assert costs.prefers_table(compile_plan(np.multiply.outer(a, b), 0, -127, kind="table", cache=False))


def test_what_two_measurements_agree_on_is_kept(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []
    monkeypatch.setattr(cost, "_measure", lambda depthwise: calls.append(depthwise) or Costs(1.0, 0.5, 2.0))
    first = cost.costs(True, 1)
    cost._costs.cache_clear()
    assert cost.costs(True, 1) == first
    assert calls == [True, True]
    (path,) = fresh.glob("*.json")
    assert json.loads(path.read_text()) == {"first_plane": 1.0, "further_plane": 0.5, "table": 2.0}
    for damaged in ("", "[]", '{"first_plane": 1}', '{"first_plane": -1.0, "further_plane": 0.5, "table": 2.0}'):
        path.write_text(damaged)
        cost._costs.cache_clear()
        assert cost.costs(True, 1) == first


def test_what_they_disagree_on_is_not(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = iter([Costs(1.0, 0.5, 2.0), Costs(1.0, 0.5, 3.0)])
    monkeypatch.setattr(cost, "_measure", lambda depthwise: next(made))
    assert cost.costs(False, 2) == Costs(1.0, 0.5, 2.0)
    assert not list(fresh.glob("*.json"))


def test_a_measurement_is_positive() -> None:
    measured = cost._measure(depthwise=False)
    assert min(measured.first_plane, measured.further_plane, measured.table) > 0


def test_another_instruction_set_has_costs_of_its_own(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured of slower paths must not choose between faster ones, nor the reverse."""
    monkeypatch.setattr(cost, "_measure", lambda depthwise: Costs(1.0 + isa_in_use(), 0.5, 2.0))
    for isa in ISAS:
        with running(isa):
            assert cost.costs(False, 1).first_plane == 1.0 + isa
    assert len(list(fresh.glob("*.json"))) == len(ISAS)
    cost._costs.cache_clear()
    monkeypatch.setattr(cost, "_measure", lambda depthwise: Costs(9.0, 9.0, 9.0))
    for isa in ISAS:
        with running(isa):
            assert cost.costs(False, 1).first_plane == 1.0 + isa
