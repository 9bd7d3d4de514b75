"""Wide plans against golden models, and wide products against plain loops: tiles, accumulators, warnings, refusals."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from oracle import seeded
from torch import Tensor
from wide_multipliers import odd, wide_variants

from multipliers import Multiplier, MultiplierError, Operand, get
from pysim.kernels import Accumulator, WidePlan, Window, compile_wide, linear_reference, prepare_wide
from pysim.kernels.wide import functional, slowness
from pysim.kernels.wide import plan as plan_module
from pysim.kernels.wide.closed_form import ClosedFormProduct
from pysim.kernels.wide.functional import FunctionalProduct
from pysim.kernels.wide.slowness import slowdown as measured_slowdown


@pytest.fixture(autouse=True)
def _no_timing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slowness, "slowdown", lambda *_: 321.0)
    monkeypatch.setattr(slowness, "_warned", set())


def ports(multiplier: Multiplier) -> tuple[range, range]:
    return range(multiplier.a.low, multiplier.a.high + 1), range(multiplier.b.low, multiplier.b.high + 1)


def own(multiplier: Multiplier) -> WidePlan:
    return compile_wide(multiplier, *ports(multiplier))


def label(value: object) -> str:
    return value.label if isinstance(value, Multiplier) else str(value)


@pytest.mark.parametrize(
    "multiplier", [m for m in wide_variants((9, 12, 16), ("", "s", "us", "su")) if m.factors is not None], ids=label
)
def test_planes_equal_the_model(multiplier: Multiplier) -> None:
    """All values of one operand beside random ones of the other, modulo 2**32; every port's most negative code included."""
    plan, random = own(multiplier), np.random.default_rng(1)
    assert plan.kind == "closed form"
    assert plan.checked.startswith("exhaustive, " if multiplier.a.width == 9 else "sampled, ")
    i, j = np.arange(len(plan.a)), np.arange(len(plan.b))
    for rows, columns in ((i, random.permutation(j)), (random.permutation(i), j), (i, j[::-1])):
        golden = multiplier(rows + plan.a.start, columns + plan.b.start)
        assert not ((plan.by_planes(rows, columns) - golden) % 2**32).any()
        assert np.abs(golden).max() <= plan.bound
    assert all(plane.legal for plane in plan.planes)


@pytest.mark.parametrize(
    ("name", "planes"), [("exact12us", 4), ("drum12us_k4", 4), ("udm12", 8), ("truncated_columns16_v30", 1)]
)
def test_planes_are_few(name: str, planes: int) -> None:
    assert len(own(get(name)).planes) == planes


def loop(multiplier: Multiplier, x: Tensor, weight: Tensor, window: Window, accumulator: Accumulator, pad: int) -> np.ndarray:
    """One golden product at a time, of codes, in the order of the weights: plain integers, clamped or wrapped after each."""
    (top, left), places = window.padding, window.output(x.shape[2], x.shape[3])
    sums = np.zeros((len(x), len(weight), *places), np.int32)
    for b, n, oy, ox in np.ndindex(*sums.shape):
        first, acc = n // (len(weight) // window.groups) * weight.shape[1], 0
        for c, i, j in np.ndindex(weight.shape[1], *window.kernel):
            y, z = oy * window.stride[0] + i * window.dilation[0] - top, ox * window.stride[1] + j * window.dilation[1] - left
            inside = 0 <= y < x.shape[2] and 0 <= z < x.shape[3]
            acc += int(
                multiplier.function(*map(np.asarray, (int(x[b, first + c, y, z]) if inside else pad, int(weight[n, c, i, j]))))
            )
            if accumulator.overflow == "saturate":
                acc = min(max(acc, accumulator.low), accumulator.high)
            else:
                acc = (acc - accumulator.low) % (1 << accumulator.bits) + accumulator.low
        sums[b, n, oy, ox] = acc
    return sums


WINDOWS: dict[str, tuple[tuple[int, int, int, int], int, Window]] = {
    "rows": ((1, 40, 1, 3), 5, Window()),
    "3x3": ((2, 3, 4, 3), 3, Window((3, 3), padding=(1, 1), end=(1, 1))),
    "depthwise, stride": ((1, 4, 6, 5), 4, Window((3, 3), (2, 1), padding=(1, 0), end=(0, 1), groups=4)),
    "groups, dilation": ((2, 4, 4, 5), 6, Window((1, 2), dilation=(1, 3), padding=(0, 2), groups=2)),
}


@pytest.mark.parametrize(
    "accumulator", [Accumulator(bits, way) for bits in (12, 24, 31, 32) for way in ("wrap", "saturate")], ids=str
)  # type: ignore[arg-type]
@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("shape", WINDOWS)
@pytest.mark.filterwarnings("ignore:no fast kernel")
def test_equals_loop(shape: str, closed: bool, accumulator: Accumulator) -> None:
    """Codes of 16 by 16 bits: two products overflow 32 bits, and every narrower accumulator many times."""
    seeded()
    size, outputs, window = WINDOWS[shape]
    multiplier = odd(16, 16, closed)
    plan = own(multiplier)
    x = torch.randint(0, 1 << 16, size, dtype=torch.int32)
    weight = torch.randint(0, 1 << 16, (outputs, size[1] // window.groups, *window.kernel))
    weight[0], x[0] = 0, 65535  # the most negative weight with the largest activation
    constant, scale = torch.arange(outputs, dtype=torch.int32) * 1000, torch.rand(outputs)
    expected = loop(multiplier, x, weight + plan.b.start, window, accumulator, 777)
    product = prepare_wide(plan, weight, window, accumulator)
    sums = product(x, constant, None, 777)
    assert sums.dtype == torch.int32
    assert np.array_equal(sums.numpy(), expected + constant.view(-1, 1, 1).numpy())
    assert torch.equal(product(x, constant, scale, 777), sums.float() * scale.view(-1, 1, 1))
    strided = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    assert torch.equal(product(strided, constant, None, 777), sums)


def test_sums_of_16_bit_products_wrap_at_32_bits() -> None:
    """65535 * 32767 fits int32; two of them do not, and become negative as in a two's complement accumulator."""
    plan = own(get("exact16us"))
    largest = 65535 * 32767
    for inner, expected in ((1, largest), (2, 2 * largest - 2**32), (3, 3 * largest - 2**32)):
        x, weight = torch.full((1, inner, 1, 1), 65535, dtype=torch.int32), torch.full((1, inner, 1, 1), 65535)
        assert int(prepare_wide(plan, weight, Window())(x, torch.zeros(1, dtype=torch.int32), None)) == expected
        loop_ = linear_reference(lambda a, b: a * b, x.view(1, -1).numpy(), weight.view(1, -1).numpy() - 32768)
        assert loop_.item() == expected


def test_shifts_that_all_planes_share() -> None:
    """Products that are multiples of 2**9: the last plane's shift is not zero."""
    nine = Operand(9, False)
    ports = nine, nine, Operand(27, False)
    shifted = Multiplier("shifted", *ports, lambda a, b: a * b << 9, factors=lambda a, b: (a[None], b[None] << 9))
    plan = own(shifted)
    assert min(plane.shift for plane in plan.planes) == 9
    x, weight = torch.tensor([511, 300]).view(1, 2, 1, 1), torch.tensor([510, 7]).view(1, 2, 1, 1)
    sums = prepare_wide(plan, weight, Window())(x, torch.tensor([5], dtype=torch.int32), None)
    assert int(sums) == ((511 * 510 + 300 * 7) << 9) + 5


@pytest.mark.parametrize("entries", [0, 1 << 24])
def test_tiles_and_tables_change_nothing(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded()
    monkeypatch.setattr(plan_module, "TABLE_ENTRIES", entries)
    plan = replace(own(odd(9, 10, closed=False)))
    assert (plan.table is None) is (entries == 0)
    window = Window((2, 3), padding=(1, 1), end=(0, 1), groups=2)
    x, weight = torch.randint(0, 512, (3, 4, 5, 4)), torch.randint(0, 1024, (6, 2, 2, 3))
    constant = torch.arange(6, dtype=torch.int32)
    for saturated in (None, Accumulator(18, "saturate")):
        expected = FunctionalProduct(plan, weight, window, saturated)(x, constant, None, 3)
        judge = loop(plan.multiplier, x, weight - 512, window, saturated or Accumulator(), 3)
        assert np.array_equal(expected.numpy(), judge + constant.view(-1, 1, 1).numpy())
        for tile, unfolded in ((1, 1), (20, 1 << 20), (1 << 15, 30)):
            monkeypatch.setattr(functional, "TILE", tile)
            monkeypatch.setattr(functional, "UNFOLDED", unfolded)
            assert torch.equal(FunctionalProduct(plan, weight, window, saturated)(x, constant, None, 3), expected)


def test_products_beyond_int32_are_not_tabulated() -> None:
    wide = odd(9, 10, closed=False)
    large = Multiplier("large", wide.a, wide.b, wide.p, lambda a, b: a * b << 20)
    plan = own(large)
    assert plan.table is None
    weight, x = torch.tensor([[1023, 0]]).view(1, 2, 1, 1), torch.tensor([511, 510]).view(1, 2, 1, 1)
    sums = FunctionalProduct(plan, weight, Window())(x, torch.zeros(1, dtype=torch.int32), None)
    exact = (511 * 511 - 510 * 512) << 20
    assert int(sums) == (exact + 2**31) % 2**32 - 2**31


def prepared(multiplier: Multiplier, accumulator: Accumulator | None = None) -> Any:
    return prepare_wide(own(multiplier), torch.zeros(2, 3, 1, 1, dtype=torch.long), Window(), accumulator)


@pytest.mark.parametrize("bits", [9, 16])
def test_a_multiplier_without_closed_form_warns_once(bits: int) -> None:
    with pytest.warns(RuntimeWarning, match=f"no fast kernel for mitchell{bits}us .* about 300 times slower") as seen:
        prepared(get(f"mitchell{bits}us"))
    assert len(seen) == 1
    assert ("looked up in a table" if bits == 9 else "computed by its Python model") in str(seen[0].message)
    compile_wide.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prepared(get(f"mitchell{bits}us"))
    with pytest.warns(RuntimeWarning, match=f"no fast kernel for mitchell{bits}s "):
        prepared(get(f"mitchell{bits}s"))


def test_a_closed_form_is_quiet_until_its_sums_can_saturate() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(prepared(get("drum16us_k4")), ClosedFormProduct)
        assert isinstance(prepared(get("drum9us_k4"), Accumulator(24, "saturate")), ClosedFormProduct)
    with pytest.warns(RuntimeWarning, match=r"no fast kernel for drum16us_k4 in saturating sums"):
        assert isinstance(prepared(get("drum16us_k4"), Accumulator(24, "saturate")), FunctionalProduct)


def test_the_slowdown_is_measured() -> None:
    assert 1 < measured_slowdown(own(get("mitchell9us"))) < float("inf")


@pytest.mark.parametrize("bits", [9, 16])
def test_wrong_factors_are_refused(bits: int) -> None:
    """The model judges: factors that are wrong for a single code of one operand compute nothing."""
    right = odd(bits, bits)

    def wrong(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert right.factors is not None
        left, columns = right.factors(a, b)
        left[0, a == 256] += 1
        return left, columns

    claim = replace(right, factors=wrong)
    with pytest.raises(MultiplierError, match=r"named_mul8u_to_mislead: for 256 \* -?\d+ its factors give .*, its model"):
        own(claim)


def test_factors_of_another_shape_or_type_are_refused() -> None:
    right = odd(9, 9)
    for bad in (lambda a, b: (a[None], b), lambda a, b: (a[None] / 2, b[None]), lambda a, b: (a[None], np.stack([b, b]))):
        with pytest.raises(MultiplierError, match=r"its factors are .*; int64 \(P, 512\) and \(P, 512\) are needed"):
            own(replace(right, factors=bad))
