"""Products at the boundaries of blocks, vectors, panels and threads, by each instruction set, judged by NumPy on raw tables."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from lookups import sums, wrapped
from torch import Tensor

from pysim.kernels import Accumulator, Plan, Window, compile_plan
from pysim.kernels.cpu.products import DepthwiseProduct, LowRankProduct, TableProduct
from pysim.kernels.planes import Plane


def plan_of(left: np.ndarray, right: np.ndarray, shifts: tuple[int, ...] = (0,)) -> Plan:
    """A plan with a plane for each row of left (P, 256) and right (P, B), and the table that they make."""
    planes = tuple(Plane(u.astype(np.int16), v.astype(np.int8), shift) for u, v, shift in zip(left, right, shifts, strict=True))
    table = sum((plane.product() for plane in planes), np.zeros((256, right.shape[1]), np.int64))
    return Plan("low rank", planes, np.zeros(right.shape[1], np.int64), table.astype(np.int32), "", 1, 1, 0.0)


def random_plan(shifts: tuple[int, ...], seed: int = 0) -> Plan:
    rng = np.random.default_rng(seed)
    return plan_of(rng.integers(0, 256, (len(shifts), 256)), rng.integers(-128, 128, (len(shifts), 255)), shifts)


def random_table(seed: int = 0) -> Plan:
    """A table whose entries span 16 bits to the last."""
    table = np.random.default_rng(seed).integers(-32768, 32768, (256, 256))
    table[0, 0], table[255, 255] = -32768, 32767
    return compile_plan(table, 0, -128, kind="table", cache=False)


def operands(plan: Plan, size: tuple[int, ...], outputs: int, window: Window, seed: int = 0) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, size, np.uint8)
    x.flat[0], x.flat[-1] = 0, 255
    weight = rng.integers(0, plan.table.shape[1], (outputs, size[1] // window.groups, *window.kernel))
    weight.flat[0], weight.flat[-1] = 0, plan.table.shape[1] - 1
    return torch.from_numpy(x), torch.from_numpy(weight)


def check(make: Any, plan: Plan, x: Tensor, weight: Tensor, window: Window, pad_code: int = 0) -> None:
    """Sums, and scaled sums, of channels first and last."""
    constant = torch.arange(len(weight), dtype=torch.int32) * 1000 - 7
    expected = wrapped(sums(plan.table, x, weight, window, pad_code) + constant.numpy()[:, None, None])
    scale = torch.linspace(0.1, 3, len(weight))
    product = make(plan, weight, window)
    for codes in (x, x.contiguous(memory_format=torch.channels_last)):
        product(codes ^ 85, constant, None, pad_code ^ 85)  # what kernels keep memory of is another call's
        assert torch.equal(product(codes, constant, None, pad_code), expected), (x.shape, weight.shape)
        scaled = expected.float() * scale.view(-1, 1, 1)
        assert torch.equal(product(codes, constant, scale, pad_code), scaled), (x.shape, weight.shape)


@pytest.fixture(params=[1, 2, 3, 7])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("place", [None, 0, 1, 127, 128, 254, 255])
@pytest.mark.parametrize("shift", [0, 3])
def test_a_factor_that_is_nearly_the_code(place: int | None, shift: int, isa: int, one_thread: None) -> None:
    """Codes are not expanded where each is its own factor; one other factor of 256, and they are."""
    left = np.arange(256)
    if place is not None:
        left[place] = 255 - place
    plan = plan_of(left[None], np.random.default_rng(0).integers(-128, 128, (1, 255)), (shift,))
    for size, window in (((1, 3, 9, 30), Window()), ((1, 3, 9, 30), Window((2, 2))), ((1, 1, 16, 16), Window())):
        _, weight = operands(plan, size, 5, window)
        x = torch.arange(np.prod(size), dtype=torch.int64).view(size).to(torch.uint8)
        check(LowRankProduct, plan, x, weight, window, 255)
    _, weight = operands(plan, (1, 2, 16, 16), 2, Window((1, 3), groups=2))
    x = torch.arange(512).view(1, 2, 16, 16).to(torch.uint8)
    check(DepthwiseProduct, plan, x, weight, Window((1, 3), groups=2), 255)


@pytest.mark.parametrize("first", [0, 1])
def test_one_of_two_planes_is_the_code(first: int, isa: int, one_thread: None) -> None:
    """As in plans that correct an exact product: the other plane's codes are expanded all the same."""
    rng = np.random.default_rng(0)
    left = rng.integers(0, 256, (2, 256))
    left[first] = np.arange(256)
    plan = plan_of(left, rng.integers(-128, 128, (2, 255)), (1, 0))
    for window in (Window((2, 2)), Window()):
        x, weight = operands(plan, (1, 3, 9, 30), 5, window)
        check(LowRankProduct, plan, x, weight, window, 255)


@pytest.mark.parametrize("shifts", [(0,), (2, 2), (9, 3, 0), (31, 8, 0)])
def test_panels_and_blocks(shifts: tuple[int, ...], isa: int, one_thread: None) -> None:
    """1 to 4 vectors of outputs, full or not, by pixels about each block size; channels about groups of four."""
    plan = random_plan(shifts)
    for outputs, channels in zip((1, 15, 16, 17, 32, 33, 48, 49, 64, 65), (1, 2, 3, 4, 5, 7, 8, 9, 12, 13), strict=True):
        for pixels in (1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 25):
            x, weight = operands(plan, (1, channels, pixels, 1), outputs, Window(), pixels)
            check(LowRankProduct, plan, x, weight, Window())


def test_few_pixels_and_many_outputs(isa: int, threads: int) -> None:
    """Threads share the outputs: panels that do not divide by threads."""
    plan = random_plan((1, 0))
    for pixels in (1, 5, 64, 65):
        x, weight = operands(plan, (1, 6, pixels, 1), 64 * 2 * threads + 17, Window())
        check(LowRankProduct, plan, x, weight, Window())


def test_threads_share_rows_images_and_groups(isa: int, threads: int) -> None:
    plan, table = random_plan((1, 0)), random_table()
    for size, outputs, window in (
        ((1, 4, 53, 11), 6, Window((3, 3), padding=(1, 1), end=(1, 1))),
        ((5, 6, 7, 9), 9, Window((3, 2), (2, 1), (1, 2), (1, 0), (0, 1), groups=3)),
        ((2, 5, 13, 6), 10, Window((3, 3), padding=(1, 1), end=(1, 1), groups=5)),
        ((1, 1, 9, 10), 37, Window((3, 3))),
        ((1, 3, 2, 2), 100, Window()),
    ):
        x, weight = operands(table, size, outputs, window)
        check(TableProduct, table, x, weight, window, 200)
        weight = weight.clamp(max=254)
        check(LowRankProduct, plan, x, weight, window, 200)
        if weight.shape[1] == 1:
            check(DepthwiseProduct, plan, x, weight, window, 200)


def test_transposed_blocks(isa: int, one_thread: None) -> None:
    """Channels and pixels about the 16 rows and 64 columns that are transposed together, in both directions."""
    plan, table = random_plan((0,)), random_table()
    for channels, width in itertools.product((1, 15, 16, 17, 33), (3, 4, 5, 15, 16, 17, 63, 64, 65, 67, 68, 69)):
        x, weight = operands(plan, (1, channels, 2, width), 2, Window())
        check(LowRankProduct, plan, x, weight, Window())
        check(TableProduct, table, x, weight, Window())
    for channels, rows in itertools.product((1, 4, 16, 63, 64, 65, 68), (15, 16, 17, 64, 65)):
        x, weight = operands(table, (1, channels, rows, 1), 2, Window())
        check(TableProduct, table, x, weight, Window())


@pytest.mark.parametrize("inner", [1, 255, 256, 257, 513])
def test_tables_about_blocks_and_flushes(inner: int, isa: int, one_thread: None) -> None:
    """Bytes are summed in 16 bits for 256 products, in blocks of 64 to 256 positions and chunks of 16 outputs."""
    table = random_table()
    wide = compile_plan(table.table.astype(np.int64) * 2, 0, -128, kind="table", cache=False)  # 17 bits
    largest = compile_plan(np.full((256, 256), 32767) - np.arange(256), 0, -128, kind="table", cache=False)
    for rows, outputs in zip(
        (1, 63, 64, 65, 128, 129, 192, 193, 255, 256, 257, 300), (1, 15, 16, 17, 1, 2, 33, 3, 16, 31, 32, 5), strict=True
    ):
        for plan in (table, wide, largest):
            x, weight = operands(plan, (1, inner, rows, 1), min(outputs, 5) if inner > 1 else outputs, Window(), rows)
            check(TableProduct, plan, x, weight, Window())


@pytest.mark.parametrize("bits", [8, 16, 17, 24, 31, 32])
def test_saturating_sums(bits: int, isa: int, one_thread: None) -> None:
    """Clamped after each product, at exactly the ends: some products reach an end to the bit, others pass it by one."""
    accumulator = Accumulator(bits, "saturate")
    rng = np.random.default_rng(bits)
    most = min(accumulator.high, 1 << 24)
    table = rng.integers(-most, most + 1, (256, 255)) >> rng.integers(0, 4, (256, 255))
    table[:, 0], table[:, 1], table[:, 2] = most, -most, 1
    table[:, 3], table[:, 4] = -1, min(1 << 24, accumulator.high)
    plan = compile_plan(table, 0, -127, kind="table", cache=False)
    for inner, rows in ((2, 64), (3, 65), (300, 257), (301, 300)):
        x, weight = operands(plan, (1, inner, rows, 1), 17 if inner < 4 else 3, Window(), rows)
        weight[-1], weight[-2] = 0, 1
        acc = np.zeros((rows, len(weight)), np.int64)
        for k in range(inner):
            products = table[x[0, k, :, 0].numpy()[:, None], weight[None, :, k, 0, 0].numpy()]
            acc = np.clip(acc + products, accumulator.low, accumulator.high)
        if bits < 31 or inner > 200:
            assert (acc == accumulator.high).any()
            assert (acc == accumulator.low).any()
        constant = torch.arange(len(weight), dtype=torch.int32)
        found = TableProduct(plan, weight, Window(), saturated=accumulator)(x, constant, None)
        assert np.array_equal(found[0, :, :, 0].T.numpy(), wrapped(acc + constant.numpy()).numpy())


LAYOUTS = {
    "channels first": lambda x: x,
    "channels last": lambda x: x.contiguous(memory_format=torch.channels_last),
    "channels last, with gaps": lambda x: torch.cat([x, x * 0], 1).contiguous(memory_format=torch.channels_last)[
        :, : x.shape[1]
    ],
    "channels last, rows with gaps": lambda x: torch.cat([x, x * 0], 3).contiguous(memory_format=torch.channels_last)[
        ..., : x.shape[3]
    ],
    "rows with gaps": lambda x: torch.cat([x, x * 0], 3)[..., : x.shape[3]],
    "channels with gaps": lambda x: torch.cat([x, x * 0], 2)[:, :, : x.shape[2]],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_is_found_by_products_of_reals(bad: float, layout: str, isa: int) -> None:
    plan = random_plan((1, 0))
    for size, window, make in (
        ((2, 5, 6, 7), Window((3, 3), padding=(1, 1), end=(1, 1)), LowRankProduct),
        ((2, 5, 6, 7), Window(), LowRankProduct),
        ((2, 8, 6, 7), Window((2, 2)), LowRankProduct),
        ((2, 16, 6, 7), Window((3, 3), padding=(1, 1), end=(1, 1), groups=16), DepthwiseProduct),
    ):
        codes, weight = operands(plan, size, 16, window)
        product, constant, scale = make(plan, weight, window), torch.zeros(16, dtype=torch.int32), torch.ones(16)
        judged = wrapped(sums(plan.table, codes, weight, window, 3))
        assert torch.equal(product(LAYOUTS[layout](codes), constant, None, 3), judged)
        quantizer = (0.5, 3, 0, 255)
        for place in (None, 0, 3, codes.numel() // 2, codes.numel() - 1):
            x = (codes.float() - 3) * 0.5
            if place is not None:
                x.view(-1)[place] = bad
            found = product.of_reals(LAYOUTS[layout](x), quantizer, constant, scale, 3)
            assert (found is None) == (place is not None), (size, place)
            if found is not None:
                assert torch.equal(found, judged.float())


def test_padded_rows_about_vectors(isa: int, one_thread: None) -> None:
    """Rows of maps are copied 64 bytes at a time, padding and all."""
    plan, table = random_plan((1, 0)), random_table()
    for width, left, right in itertools.product((1, 60, 62, 63, 64, 65, 127), (0, 1, 2, 63, 64, 65), (0, 2)):
        window = Window((1, 3), padding=(0, left), end=(0, max(right, 3 - width - left)), groups=2)
        x, weight = operands(plan, (1, 2, 2, width), 2, window)
        check(TableProduct, table, x, weight, window, 201)
        check(DepthwiseProduct, plan, x, weight, window, 201)
        check(LowRankProduct, plan, x, weight, window, 201)


@pytest.mark.parametrize("span", [65534, 65535, 65536])
def test_tables_that_just_fit_16_bits(span: int, isa: int, one_thread: None) -> None:
    """Entries less their least one are split into bytes up to 65,535."""
    table = np.random.default_rng(0).choice([-1000, -1000 + span], (256, 255))
    plan = compile_plan(table, 0, -127, kind="table", cache=False)
    x, weight = operands(plan, (1, 40, 70, 1), 3, Window())
    check(TableProduct, plan, x, weight, Window())


def test_depthwise_windows_that_nearly_agree(isa: int, one_thread: None) -> None:
    """What to pick for a shape is worked out once: for that very shape."""
    plan = random_plan((1, 0))
    base: tuple[Any, ...] = ((3, 3), (1, 1), (1, 1), (1, 1), (1, 1))
    for window in (
        base,
        ((2, 3), *base[1:4], (0, 1)),  # as many outputs, by another kernel
        ((3, 2), *base[1:4], (1, 0)),
        (*base[:3], (0, 1), (2, 1)),  # by another padding
        (*base[:3], (1, 0), (1, 2)),
        ((2, 3), (1, 1), (2, 1), (1, 1), (1, 1)),  # by another dilation
        ((3, 2), (1, 1), (1, 2), (1, 1), (1, 1)),
    ):
        made = Window(*window, groups=2)
        x, weight = operands(plan, (1, 2, 6, 9), 2, made)
        check(DepthwiseProduct, plan, x, weight, made, 77)
