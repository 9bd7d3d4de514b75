"""The compiler: how long it searches, what it refuses, and that no wrong plan leaves it."""

import dataclasses

import numpy as np
import pytest
from evoapprox8 import circuits, over_codes
from plan_checks import compiled, random_table

from multipliers import get
from pysim import PysimError, Quantization
from pysim._product import code_table
from pysim._quantization import operands
from pysim.kernels import compiler, factors, lattice
from pysim.kernels.compiler import compile_plan
from pysim.kernels.lattice import rank
from pysim.kernels.plan import Plan
from pysim.kernels.planes import Plane, split


def test_search_stops_at_the_rank(monkeypatch):
    tried = []
    monkeypatch.setattr(factors, "factor", lambda matrix: tried.append(matrix) or lattice.factor(matrix))
    compiled(*over_codes("mul8s_1KR3", "s"))
    assert len(tried) == 1


def test_search_tries_table_and_error_both_ways(monkeypatch):
    """A table that takes more planes than its rank, since weights beyond int8 need two digits."""
    tried = []
    monkeypatch.setattr(factors, "factor", lambda matrix: tried.append(matrix) or lattice.factor(matrix))
    table = circuits()["mul8u_125K"]
    error = table - np.multiply.outer(np.arange(256), np.arange(256))
    assert len(compiled(table, 0, 0).planes) > rank(table)
    expected = (table - table[0], (table - table[0]).T, error - error[0], (error - error[0]).T)
    assert [matrix.tolist() for matrix in tried] == [matrix.tolist() for matrix in expected]


def test_forced_kinds():
    table, a_low, b_low = over_codes("mul8u_Y48", "us")
    assert compiled(table, a_low, b_low, kind="table").kind == "table"
    assert compiled(table, a_low, b_low, kind="low rank").kind == "low rank"
    with pytest.raises(PysimError, match=r"kind = 'exact' is impossible: 3 \* -127 gives -379"):
        compile_plan(table, a_low, b_low, kind="exact", cache=False)
    exact, a_low, b_low = over_codes("mul8s_1KV8", "s")
    assert [compiled(exact, a_low, b_low, kind=kind).kind for kind in ("exact", "low rank", "table")] == [
        "exact",
        "low rank",
        "table",
    ]
    with pytest.raises(PysimError, match="kind = 'exact' is impossible: weight codes 0 to 255 do not fit int8"):
        compile_plan(np.multiply.outer(np.arange(256), np.arange(256)), 0, 0, kind="exact", cache=False)
    with pytest.raises(PysimError, match="kind = 'low rank' is impossible: the table's rank is above 24"):
        compile_plan(*over_codes("mul8u_12N4", "us"), kind="low rank", cache=False)
    with pytest.raises(PysimError, match="kind = 'fast' is not allowed; use one of 'exact', 'low rank', 'table'"):
        compile_plan(table, 0, 0, kind="fast", cache=False)


def test_a_plan_of_too_many_planes_is_a_table_unless_forced(monkeypatch):
    table = over_codes("mul8u_FTA", "us")
    monkeypatch.setattr(compiler, "MOST_PLANES", 7)
    assert compiled(*table).kind == "table"
    assert len(compiled(*table, kind="low rank").planes) == 8
    monkeypatch.setattr(compiler, "MOST_PLANES", 8)
    assert compiled(*table).kind == "low rank"


@pytest.mark.parametrize(
    ("table", "lows", "message"),
    [
        (np.zeros((257, 2), int), (0, 0), r"shape \(257, 2\)"),
        (np.zeros((2, 0), int), (0, 0), r"shape \(2, 0\)"),
        (np.zeros(4, int), (0, 0), r"shape \(4,\)"),
        (np.zeros((2, 2)), (0, 0), "a table of float64"),
        (np.zeros((2, 2), bool), (0, 0), "a table of bool"),
        (np.array([[2**24 + 1]]), (0, 0), "reaches from 16777217 to 16777217"),
        (np.array([[-(2**24) - 1]]), (0, 0), "it must stay within"),
        (np.zeros((2, 2), int), (257, 0), "a_low = 257 is not allowed"),
        (np.zeros((2, 2), int), (0, -257), "b_low = -257 is not allowed"),
    ],
)
def test_tables_out_of_range(table, lows, message):
    with pytest.raises(PysimError, match=message):
        compile_plan(table, *lows, cache=False)


def test_the_plan_keeps_its_own_table():
    table = random_table(2, seed=0)
    plan = compiled(table)
    table[0, 0] += 1
    assert plan.table[0, 0] == table[0, 0] - 1
    assert not plan.table.flags.writeable


def test_hash_tells_tables_codes_and_shapes_apart():
    table = random_table(2, seed=0, shape=(4, 6))
    others = [(table, 1, 0), (table, 0, 1), (table + 1, 0, 0), (table.reshape(6, 4), 0, 0)]
    hashes = {compiled(*other).table_hash for other in [(table, 0, 0), *others]}
    assert len(hashes) == 5
    assert compiled(table.astype(np.int16), 0, 0).table_hash in hashes


def wrong(plan: Plan) -> dict[str, Plan]:
    """The plan with one thing wrong."""
    first, second, *rest = plan.planes
    bent = first.right.copy()
    bent[3] += 1
    column = plan.column.copy()
    column[-1] -= 1
    return {
        "entry": dataclasses.replace(plan, planes=(Plane(first.left, bent, first.shift), second, *rest)),
        "shift": dataclasses.replace(plan, planes=(dataclasses.replace(first, shift=first.shift + 1), second, *rest)),
        "order": dataclasses.replace(plan, planes=tuple(reversed(plan.planes))),
        "missing": dataclasses.replace(plan, planes=plan.planes[1:]),
        "column": dataclasses.replace(plan, column=column),
        "short column": dataclasses.replace(plan, column=column[:1]),
        "window": dataclasses.replace(plan, planes=(dataclasses.replace(first, offset=-1), second, *rest)),
        "type": dataclasses.replace(plan, planes=(Plane(first.left.astype(int), first.right, first.shift), second, *rest)),
        "table": dataclasses.replace(plan, kind="table"),
    }


def test_the_proof_sees_what_is_wrong():
    plan = compiled(*over_codes("mul8u_FTA", "us"))
    assert plan.proved()
    assert plan.planes[0].shift > plan.planes[-1].shift
    exact = compiled(*over_codes("mul8s_1KV8", "s"))
    assert not dataclasses.replace(exact, column=exact.column[:1]).proved()  # zero as well, and yet no column
    assert {name: other.proved() for name, other in wrong(plan).items()} == dict.fromkeys(wrong(plan), False)


def test_a_wrong_plane_never_leaves_the_compiler(monkeypatch):
    def bent(left, right, shift=0):
        planes = split(left, right, shift)
        planes[0].left[7] ^= 1
        return planes

    monkeypatch.setattr(factors, "split", bent)
    with pytest.raises(AssertionError, match="does not give its table"):
        compile_plan(*over_codes("mul8u_Y48", "us"), cache=False)


def test_drum_of_the_lowest_signed_code():
    """Code -128 becomes -136 in DRUM-4: 257 values, one more than a window, take two planes."""
    fitted = operands(get("drum8s_k4"), Quantization(activation="affine"))
    assert len(compiled(np.asarray(code_table(fitted)), -128).planes) == 2
