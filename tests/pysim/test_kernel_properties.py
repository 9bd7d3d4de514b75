"""Whatever the table, geometry, memory layout, instruction set and thread count: every back end gives the judge's integers."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from isas import ISAS, running
from lookups import LAYOUTS, sums, table_of_rank, wrapped
from torch import Tensor

from pysim import PysimError
from pysim.kernels import Plan, TorchProduct, Window, compile_plan, prepare
from pysim.kernels.cpu.products import DepthwiseProduct, LowRankProduct, PlanesProduct, TableProduct


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@lru_cache(maxsize=64)
def plans(rank: int, codes: int, weights: int, entries: int, seed: int) -> tuple[Plan, ...]:
    """The plan of a random table of that rank, and those of the other kinds, if it is not a table anyway."""
    table = table_of_rank(rank, (codes, weights), entries, seed)
    a_low, b_low = -(codes // 2), -(weights // 2)
    chosen = compile_plan(table, a_low, b_low, cache=False)
    kinds: tuple[Any, ...] = () if chosen.kind == "table" else ("low rank", "table")
    return chosen, *(compile_plan(table, a_low, b_low, kind=kind, cache=False) for kind in kinds)


def check(plan: Plan, x: Tensor, weight: Tensor, window: Window, pad_code: int, threads: int, isas: Any = ISAS) -> None:
    """Every back end that can run the plan, with a constant that takes many sums around, equals the judge."""
    rng = np.random.default_rng(len(weight))
    constant = torch.from_numpy(rng.integers(-(2**31), 2**31, len(weight)).astype(np.int32))
    scale = torch.from_numpy(rng.random(len(weight), np.float32))
    judged = sums(plan.table, x, weight, window, pad_code) + constant.numpy().astype(np.int64)[:, None, None]
    expected = wrapped(judged)
    torch.set_num_threads(threads)
    for isa in isas:
        with running(isa):
            products: list[Any] = [TableProduct(plan, weight, window)]
            if plan.planes:
                products.append(LowRankProduct(plan, weight, window))
                products += [DepthwiseProduct(plan, weight, window)] * (weight.shape[1] == 1)
            if isa == ISAS[-1]:
                products += [TorchProduct(plan, weight, window), prepare(plan, weight, window)]
            for product in products:
                name = type(product).__name__, isa
                assert torch.equal(product(x, constant, None, pad_code), expected), name
                scaled = expected.float() * scale.view(-1, 1, 1)
                assert torch.equal(product(x, constant, scale, pad_code), scaled), name
                if isinstance(product, PlanesProduct):
                    of_reals = product.of_reals(reals(x), (0.5, 3, 0, 255), constant, scale, pad_code)
                    assert of_reals is None or torch.equal(of_reals, scaled), name
                    refused = 1 not in (x.stride(1), x.stride(3)) or not window.reads_all(x.shape[2])
                    assert (of_reals is None) == refused, name


def reals(x: Tensor) -> Tensor:
    """Numbers whose codes are x, with scale 0.5 and zero point 3, as they lie in memory too."""
    codes = torch.empty(0, dtype=torch.uint8).set_(x.untyped_storage())  # type: ignore[call-overload]
    return ((codes.float() - 3) * 0.5).as_strided(x.shape, x.stride(), x.storage_offset())


ODD = [
    ((1, 3, 5, 7), 11, Window((3, 3), padding=(1, 1), end=(1, 1))),
    ((2, 13, 1, 1), 17, Window()),
    ((3, 4, 7, 5), 4, Window((2, 3), (2, 1), padding=(0, 2), end=(1, 0), groups=4)),
    ((1, 6, 9, 8), 10, Window((3, 2), (1, 2), (2, 3), (2, 1), (1, 2), 2)),
    ((1, 67, 19, 1), 3, Window()),
    ((2, 1, 1, 31), 1, Window((1, 5))),
    ((1, 3, 6, 5), 9, Window((2, 2), groups=3)),
]
"""Shapes that fill no vector, block or group of four: images, rows, depthwise, dilated, one dimension, several per channel."""


@pytest.mark.parametrize("rank", range(1, 257))
def test_every_rank(rank: int) -> None:
    """Up to 24 planes are found, and more are looked up."""
    codes, weights = max(rank, 200), 256
    size, outputs, window = ODD[rank % len(ODD)]
    rng = np.random.default_rng(rank)
    x = torch.from_numpy(rng.integers(0, codes, size, np.uint8))
    weight = torch.from_numpy(rng.integers(0, weights, (outputs, size[1] // window.groups, *window.kernel)))
    made = plans(rank, codes, weights, 3, rank)
    assert [plan.kind for plan in made] == (["low rank", "low rank", "table"] if rank <= 24 else ["table"])
    for plan in made:
        assert plan.rank_table == rank
        check(plan, x, weight, window, rank % codes, 1 + rank % 3)


@pytest.mark.parametrize("rank", [26, 101, 256])
def test_a_rank_that_planes_cannot_have_is_refused(rank: int) -> None:
    """Rank 25 may still do, since the first row is free."""
    with pytest.raises(PysimError, match="kind = 'low rank' is impossible: the table's rank is above 24"):
        compile_plan(table_of_rank(rank, (256, 256), 3, rank), 0, 0, kind="low rank", cache=False)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Tensor, Tensor, Window, int, int]:
    """(x, weight, window, codes, weights): any small convolution; dense, grouped, depthwise, linear, or of no images."""
    groups = draw(st.sampled_from([1, 1, 1, 2, 3, 5]))
    channels, outputs = draw(st.sampled_from([1, 1, 2, 3, 4, 7, 17])), draw(st.sampled_from([1, 1, 2, 3, 5, 16, 19]))
    pairs = [st.tuples(st.integers(low, high), st.integers(low, high)) for low, high in ((1, 4), (1, 3), (0, 3), (0, 6))]
    kernel, stride, dilation = draw(pairs[0]), draw(pairs[1]), draw(pairs[1])
    padding, end, more = draw(pairs[2]), draw(pairs[2]), draw(pairs[3])
    if draw(st.integers(0, 3)) == 0:
        kernel, stride, padding, end = (1, 1), (1, 1), (0, 0), (0, 0)
    window = Window(kernel, stride, dilation, padding, end, groups)
    spans = (d * (k - 1) + 1 - p - e for k, d, p, e in zip(kernel, dilation, padding, end, strict=True))
    height, width = (max(span, 1) + extra for span, extra in zip(spans, more, strict=True))
    batch, codes, weights = draw(st.sampled_from([0, 1, 1, 2, 3])), draw(st.integers(1, 256)), draw(st.integers(1, 256))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.integers(0, codes, (batch, groups * channels, height, width), np.uint8)
    weight = rng.integers(0, weights, (groups * outputs, channels, *kernel))
    return torch.from_numpy(x), torch.from_numpy(weight), window, codes, weights


@settings(max_examples=500, deadline=None)
@given(
    problem=problems(),
    layout=st.sampled_from(list(LAYOUTS)),
    entries=st.sampled_from([1, 9, 60, 800]),
    threads=st.integers(1, 3),
    data=st.data(),
)
def test_any_problem(problem: Any, layout: str, entries: int, threads: int, data: Any) -> None:
    """Entries reach from one bit to the 24 that tables may have, so planes carry shifts and look-ups take 8 to 32 bits."""
    x, weight, window, codes, weights = problem
    highest = min(codes, weights, (1 << 24) // entries**2)
    rank = data.draw(st.integers(1, min(highest, 24)) | st.integers(1, highest), "rank")
    pad_code = data.draw(st.integers(0, codes - 1), "pad code")
    chosen = plans(rank, codes, weights, entries, data.draw(st.integers(0, 9), "seed"))
    x = LAYOUTS[layout](x)
    for plan in chosen:
        check(plan, x, weight, window, pad_code, threads)


def test_a_plan_without_planes_is_not_multiplied() -> None:
    plan = compile_plan(np.arange(5)[None].repeat(3, 0), 0, 0, cache=False)
    assert (plan.kind, plan.planes) == ("low rank", ())
    with pytest.raises(ValueError, match="a plan of kind 'low rank' without planes cannot be multiplied; look its table up"):
        LowRankProduct(plan, torch.zeros(1, 1, 1, 1, dtype=torch.long), Window())
    check(plan, torch.ones(1, 2, 3, 3, dtype=torch.uint8), torch.full((2, 2, 2, 2), 4), Window((2, 2)), 0, 2)


def test_a_stride_that_ends_in_padding() -> None:
    """As many outputs as inputs, in one column, is not yet a linear layer."""
    plan = compile_plan(np.array([[5, 7], [9, 11]]), 0, 0, cache=False)
    x, weight = torch.tensor([0, 1], dtype=torch.uint8).view(1, 1, 2, 1), torch.zeros(1, 1, 1, 1, dtype=torch.long)
    check(plan, x, weight, Window(stride=(2, 1), end=(1, 0)), 0, 1)
