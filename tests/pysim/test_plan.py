"""Every plan equals its table on all pairs, takes as few planes as its rank allows, and says so in legal int8 planes."""

import dataclasses

import numpy as np
import pytest
from evoapprox8 import circuits, over_codes
from hypothesis import given, settings
from hypothesis import strategies as st

from multipliers import defaults, get
from pysim import PysimError, Quantization
from pysim._product import code_table
from pysim._quantization import operands
from pysim.kernels import compiler, factors, lattice
from pysim.kernels.compiler import compile_plan
from pysim.kernels.lattice import rank
from pysim.kernels.plan import Plan
from pysim.kernels.planes import Plane, split

FAMILIES = {
    "broken_array8us_h1_v2": 2,
    "broken_array8s_h1_v2": 2,  # these took one more before factors were fitted
    "broken_array8s_h1_v4": 4,
    "broken_array8s_h2_v4": 3,
    "broken_array8us_h2_v5": 4,
    "broken_array8s_h2_v5": 4,
    "broken_array8us_h3_v7": 4,
    "broken_array8s_h3_v7": 4,
    "drum8us_k4": 1,
    "drum8s_k4": 1,
    "exact8us": 1,
    "exact8s": 1,
    "truncated_columns8us_v4": 5,
    "truncated_columns8s_v4": 5,
    "truncated_columns8us_v7": 7,
    "truncated_columns8s_v7": 6,
    "udm8us": 2,
    "udm8s": 2,
}
"""Planes of 8-bit families, activations affine where unsigned and symmetric where signed: no plan has fewer."""

CIRCUITS = {
    ("mul8u_1JFF", "us"): 1,
    ("mul8u_Y48", "us"): 2,
    ("mul8u_125K", "us"): 5,
    ("mul8u_2P7", "us"): 5,
    ("mul8u_JQQ", "us"): 3,
    ("mul8u_150Q", "us"): 10,
    ("mul8u_KEM", "us"): 16,
    ("mul8u_FTA", "us"): 8,
    ("mul8u_FTA", "s"): 4,
    ("mul8u_2AC", "us"): 9,
    ("mul8s_1KV8", "s"): 1,
    ("mul8s_1KVA", "s"): 3,
    ("mul8s_1KX2", "s"): 5,
    ("mul8s_1L2H", "s"): 1,
    ("mul8s_1KR3", "s"): 1,
    ("mul8s_1KTY", "s"): 1,
}
"""Planes of EvoApproxLib's circuits, as many as their ranks."""

TABLES = ("mul8u_2HH", "mul8u_185Q", "mul8u_12N4")


def compiled(table: np.ndarray, a_low: int = 0, b_low: int = -127, **options) -> Plan:
    plan = compile_plan(table, a_low, b_low, cache=False, **options)
    assert_exact(plan, table)
    return plan


def assert_exact(plan: Plan, table: np.ndarray) -> None:
    """A plan gives the table, summed here plane by plane; its planes are legal; and it never has fewer than it can."""
    assert np.array_equal(plan.reconstruct(), table)
    assert plan.bound == np.abs(table.astype(np.int64)).max()
    assert plan.column.dtype == np.int64
    assert plan.column.shape == table.shape[1:]
    total = plan.column + np.zeros(table.shape, int)
    for plane in plan.planes:
        assert (plane.left.dtype, plane.right.dtype) == (np.int16, np.int8)
        assert plane.left.min() + plane.offset >= 0
        assert plane.left.max() + plane.offset <= 255
        assert 0 <= plane.shift <= 31
        total += 2**plane.shift * np.multiply.outer(plane.left.astype(int), plane.right.astype(int))
    if plan.kind == "table":
        assert not plan.planes
        assert not plan.column.any()
    else:
        assert np.array_equal(total, table)
        assert len(plan.planes) >= rank(table.astype(np.int64) - table[0])
    assert [plane.shift for plane in plan.planes] == sorted((plane.shift for plane in plan.planes), reverse=True)


def random_table(size: int, seed: int, entries: int = 90, shape: tuple[int, int] = (256, 255)) -> np.ndarray:
    """A table of that rank, a product of integer factors."""
    rng = np.random.default_rng(seed)
    left, right = rng.integers(-entries, entries, (shape[0], size)), rng.integers(-entries, entries, (size, shape[1]))
    return left @ right


@pytest.mark.parametrize("scheme", ["affine", "symmetric"])
@pytest.mark.parametrize("multiplier", defaults(), ids=lambda multiplier: multiplier.label)
def test_registered_multipliers(multiplier, scheme):
    fitted = operands(multiplier, Quantization(activation=scheme))
    compiled(np.asarray(code_table(fitted)), fitted.activation.low, fitted.weight.low)


@pytest.mark.parametrize(("label", "count"), FAMILIES.items())
def test_planes_of_families(label, count):
    fitted = operands(label, Quantization())
    plan = compiled(np.asarray(code_table(fitted)), fitted.activation.low, fitted.weight.low)
    assert (plan.kind, len(plan.planes)) == ("exact" if label.startswith("exact") else "low rank", count)


@pytest.mark.parametrize(("circuit", "signs"), CIRCUITS)
def test_planes_of_real_circuits(circuit, signs):
    plan = compiled(*over_codes(circuit, signs))
    assert (plan.kind != "table", len(plan.planes)) == (True, CIRCUITS[circuit, signs])


@pytest.mark.parametrize(("circuit", "count"), {"mul8u_FTA": 17, "mul8u_2AC": 11, "mul8u_2P7": 7, "mul8u_KEM": 16}.items())
def test_planes_of_real_circuits_with_unsigned_weights(circuit, count):
    assert len(compiled(circuits()[circuit], 0, 0).planes) == count


@pytest.mark.parametrize("circuit", TABLES)
def test_real_circuits_of_high_rank_stay_tables(circuit):
    assert compiled(*over_codes(circuit, "us")).kind == "table"


def test_ranks_are_those_published_for_real_circuits():
    """Ranks of T and of T - a * b over all operand values, measured by others in the same circuits."""
    published = {
        "mul8u_Y48": (2, 1),
        "mul8u_FTA": (17, 18),
        "mul8u_12N4": (229, 228),
        "mul8s_1KR3": (1, 1),
        "mul8s_1KX2": (5, 4),
    }
    for name, ranks in published.items():
        low = -128 if name.startswith("mul8s") else 0
        plan = compiled(circuits()[name], low, low)
        assert (plan.rank_table, plan.rank_error) == ranks


@pytest.mark.parametrize("a_low", [0, -128, -127, 1, -3])
def test_exact_is_one_plane_of_the_codes(a_low):
    a, b = np.arange(a_low, min(a_low + 256, 256)), np.arange(-127, 128)
    plan = compiled(np.multiply.outer(a, b), a_low)
    (plane,) = plan.planes
    assert (plan.kind, plane.shift, plane.offset) == ("exact", 0, -min(a_low, 0))
    assert np.array_equal(plane.left, a)
    assert np.array_equal(plane.right, b)
    assert not plan.column.any()


def test_exact_with_unsigned_8_bit_weights_takes_two_planes():
    plan = compiled(np.multiply.outer(np.arange(256), np.arange(256)), 0, 0)
    assert (plan.kind, len(plan.planes)) == ("low rank", 2)


def test_a_window_that_starts_above_zero_has_a_negative_offset():
    plan = compiled(np.multiply.outer(np.arange(100, 356), np.arange(3)), 100, 0)
    assert plan.planes[0].offset == -100


@pytest.mark.parametrize("size", range(1, 21))
def test_random_tables_of_low_rank(size):
    assert len(compiled(random_table(size, seed=size)).planes) == size
    tall = random_table(size, seed=size, shape=(40, 30))
    assert len(compiled(tall, -20, -15).planes) == size


@pytest.mark.parametrize("size", [4, 8])
def test_random_tables_of_shifted_planes(size):
    """Sums of planes with shifts 0 ... 8, up to 2**21, are found again."""
    rng = np.random.default_rng(size)
    left, right = rng.integers(-60, 60, (256, size)) << rng.integers(0, 9, size), rng.integers(-60, 60, (size, 255))
    assert len(compiled(left @ right).planes) == size


def test_a_term_of_the_weight_alone_is_free():
    column = np.random.default_rng(0).integers(-(2**20), 2**20, 255)
    assert len(compiled(random_table(3, seed=1) + column).planes) == 3
    plan = compiled(np.zeros((256, 255), int) + column)
    assert (plan.kind, plan.planes, plan.column.tolist()) == ("low rank", (), column.tolist())


@pytest.mark.parametrize("shape", [(256, 255), (1, 255), (256, 1), (1, 1), (3, 2)])
@pytest.mark.parametrize("value", [0, 1, -1, 2**17, -(2**17), 2**24])
def test_constants(shape, value):
    plan = compiled(np.full(shape, value), 1, 1)
    assert plan.kind == ("exact" if value == 1 and shape == (1, 1) else "low rank")
    assert len(plan.planes) == (plan.kind == "exact")


def test_extreme_values():
    rng = np.random.default_rng(5)
    table = rng.choice([-(2**17), 2**17, 2**17 - 1], (256, 255))
    assert compiled(table).kind == "table"
    assert len(compiled(table[:6, :]).planes) <= 24
    wide = np.multiply.outer(rng.integers(-(2**11), 2**11, 256), rng.integers(-(2**12), 2**12, 255))
    assert len(compiled(wide).planes) == 4


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_small_table(data):
    height, width = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    value = st.integers(-(2 ** data.draw(st.integers(0, 20))), 2**20)
    table = np.array(data.draw(st.lists(value, min_size=height * width, max_size=height * width))).reshape(height, width)
    compiled(table, data.draw(st.integers(-128, 0)), data.draw(st.integers(-127, 0)))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(-(2**13), 2**13), min_size=1, max_size=6),
    st.lists(st.integers(-(2**13), 2**13), min_size=1, max_size=6),
    st.integers(0, 3),
)
def test_split_is_exact_but_for_the_column(left, right, shift):
    u, v = np.array(left), np.array(right)
    planes = split(u, v, shift)
    assert all(plane.legal for plane in planes)
    total = sum((plane.product() for plane in planes), np.zeros((len(u), len(v)), int))
    expected = np.multiply.outer(u, v) << shift
    assert np.array_equal(total - total[0], expected - expected[0])


@pytest.mark.parametrize(
    ("left", "right", "count"),
    [
        (range(256), [-128, 127], 1),
        (range(256), [128, -127], 1),  # by changing both signs
        (range(256), [-128, 128], 1),  # 128 times -1 and 1
        (range(256), [-129, 127], 2),
        (range(257), [1, 2], 2),
        (range(-100, 156), [5, 7], 1),
        (range(0, 256 * 3, 3), [5, 7], 1),  # three moves to the right
        (range(0, 256 * 64, 64), [96, 160], 1),  # powers of two are shifts
        (range(86), [3 * 127, 0], 1),  # and back to the left
        (range(0, 9 * 60, 9), [41, 1], 1),  # or to both sides, a part each
        (range(256), [3 * 127, 3], 2),
        (range(1000), [1000, 1], 4),
        ([0, 1], [509 * 127, 509], 2),  # a factor beyond a byte moves as a whole
        ([0, 1, 65537], [1, 2], 2),  # of three digits the middle one is zero
        ([7, 7], [1, 2], 0),
        ([1, 2], [0, 0], 0),
    ],
)
def test_split_counts(left, right, count):
    assert len(split(np.array(left), np.array(right))) == count


@pytest.mark.parametrize(
    ("low", "high", "offset", "shift", "legal"),
    [
        (0, 255, 0, 31, True),
        (-128, 127, 128, 0, True),
        (300, 555, -300, 0, True),
        (0, 256, 0, 0, False),
        (0, 255, 1, 0, False),
        (0, 255, -1, 0, False),
        (0, 1, 0, 32, False),
        (0, 1, 0, -1, False),
    ],
)
def test_legal_planes(low, high, offset, shift, legal):
    assert Plane(np.array([high, low], np.int16), np.array([1], np.int8), shift, offset).legal is legal


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


def test_kernels_arithmetic():
    """Horner's scheme in wrapping 32 bits on unsigned lefts, with the correction: what a kernel does."""
    rng = np.random.default_rng(3)
    for table, a_low, b_low in (over_codes("mul8u_FTA", "us"), over_codes("mul8s_1KX2", "s"), over_codes("mul8s_1KV8", "s")):
        plan = compiled(table, a_low, b_low)
        x, w = rng.integers(0, len(table), (5, 70)), rng.integers(0, table.shape[1], (70, 4))
        acc = np.zeros((5, 4), np.int32)
        for plane, before in zip(plan.planes, plan.planes[:1] + plan.planes, strict=False):
            acc <<= before.shift - plane.shift
            acc += (plane.left + plane.offset).astype(np.uint8)[x].astype(np.int32) @ plane.right[w].astype(np.int32)
        acc <<= plan.planes[-1].shift
        acc += plan.correction[w].sum(0).astype(np.int32)
        assert np.array_equal(acc, table[x[:, :, None], w[None]].sum(1))


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
