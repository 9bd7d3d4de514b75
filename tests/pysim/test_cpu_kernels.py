"""The compiled kernels equal a plain loop over the table for every instruction set, thread count, layout and shape."""

import itertools
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from isas import ISAS, running
from torch import Tensor

from multipliers._cache import VARIABLE
from pysim.kernels import Plan, TorchProduct, Window, compile_plan, cost, prepare
from pysim.kernels.cpu import build
from pysim.kernels.cpu.products import DepthwiseProduct, LowRankProduct, TableProduct
from pysim.kernels.cpu.quantize import quantize_on_cpu
from pysim.kernels.planes import Plane
from pysim.layers import _cells

SHAPES = {
    "1x1 image": ((1, 1, 1, 1), 1, Window()),
    "3x3": ((2, 3, 7, 6), 5, Window((3, 3), padding=(1, 1), end=(1, 1))),
    "stride, dilation, groups": ((1, 8, 9, 9), 70, Window((3, 3), (2, 2), (2, 2), (1, 1), (1, 1), 2)),
    "rows": ((3, 5, 1, 13), 33, Window()),
    "column": ((1, 300, 101, 1), 17, Window()),
    "pointwise, padded at the end": ((2, 20, 3, 18), 5, Window(end=(2, 0))),
    "column, padded at the end": ((1, 20, 30, 1), 5, Window(end=(2, 0))),
    "pointwise, padded right": ((2, 5, 3, 9), 5, Window(end=(0, 2))),
    "pointwise, padded left": ((2, 5, 3, 9), 5, Window(padding=(0, 2))),
    "many pointwise": ((2, 35, 19, 18), 5, Window()),
    "many depthwise": ((2, 37, 14, 15), 37, Window((3, 3), (1, 2), padding=(1, 1), end=(1, 1), groups=37)),
    "many rows": ((1, 83, 75, 1), 3, Window()),
    "three vectors": ((1, 5, 150, 1), 3, Window()),
    "depthwise": ((2, 6, 5, 5), 6, Window((3, 3), padding=(2, 2), end=(2, 2), groups=6)),
    "depthwise, taps far apart": ((1, 3, 4, 90), 3, Window((1, 3), (1, 4), (1, 2), groups=3)),
    "depthwise x2, stride": ((2, 3, 9, 8), 6, Window((3, 2), (3, 2), (1, 2), (1, 0), (0, 3), 3)),
    "more than a block": ((1, 40, 20, 20), 20, Window((3, 3), padding=(1, 1), end=(1, 1))),
    "stride over pointwise": ((2, 3, 9, 8), 64, Window((1, 1), (2, 3))),
    "one side padded": ((1, 2, 4, 5), 3, Window((2, 4), padding=(0, 1), end=(1, 2))),
    "prime": ((1, 7, 11, 13), 97, Window((5, 3))),
    "empty batch": ((0, 3, 5, 5), 4, Window((3, 3))),
}


def random_plan(planes: int, codes: int = 256, weights: int = 255, seed: int = 0) -> Plan:
    """A plan of random planes with random shifts, and the table that they make."""
    rng = np.random.default_rng(seed)
    shifts = sorted(rng.integers(0, 3, planes).tolist(), reverse=True)
    made = []
    for shift in shifts:
        offset = int(rng.integers(0, 256))
        left, right = rng.integers(0, 256, codes) - offset, rng.integers(-128, 128, weights)
        made.append(Plane(left.astype(np.int16), right.astype(np.int8), shift, offset))
    column = rng.integers(-1000, 1000, weights).astype(np.int64)
    table = sum((plane.product() for plane in made), np.zeros((codes, weights), np.int64) + column)
    return Plan("low rank", tuple(made), column, table.astype(np.int32), "", planes, planes, 0.0)


def small_table(seed: int = 0) -> Plan:
    """A table plan whose entries span 16 bits."""
    table = np.random.default_rng(seed).integers(-32000, 33000, (256, 255))
    return compile_plan(table, 0, -127, kind="table", cache=False)


def expected(plan: Plan, x: Tensor, weight: Tensor, window: Window, pad_code: int) -> Tensor:
    """The definition: one plain loop over outputs, channels and taps, vectorised over positions only."""
    (top, left), (bottom, right) = window.padding, window.end
    padded = F.pad(x, (left, right, top, bottom), value=pad_code).long()
    height, width = window.output(x.shape[2], x.shape[3])
    table, outputs, channels = torch.from_numpy(plan.table.astype(np.int64)), len(weight), weight.shape[1]
    sums = torch.zeros(len(x), outputs, height, width, dtype=torch.int64)
    for n in range(outputs):
        group = n // (outputs // window.groups)
        for c, i, j in np.ndindex(channels, *window.kernel):
            rows = slice(i * window.dilation[0], None, window.stride[0])
            columns = slice(j * window.dilation[1], None, window.stride[1])
            taps = padded[:, group * channels + c, rows, columns][:, :height, :width]
            sums[:, n] += table[taps, int(weight[n, c, i, j])]
    return sums.to(torch.int32)


def operands(shape: str, plan: Plan) -> tuple[Tensor, Tensor, Window]:
    size, outputs, window = SHAPES[shape]
    torch.manual_seed(1)
    x = torch.randint(0, plan.table.shape[0], size, dtype=torch.uint8)
    weight = torch.randint(0, plan.table.shape[1], (outputs, size[1] // window.groups, *window.kernel))
    return x, weight, window


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kernel", ["planes 1", "planes 3", "table", "wide table"])
def test_equals_loop(kernel: str, shape: str, threads: None) -> None:
    plan = random_plan(int(kernel[-1])) if "planes" in kernel else small_table() if kernel == "table" else random_plan(2)
    make: Any = LowRankProduct if "planes" in kernel else TableProduct
    x, weight, window = operands(shape, plan)
    torch.manual_seed(2)
    constant = torch.randint(-1000, 1000, (len(weight),), dtype=torch.int32)
    sums = expected(plan, x, weight, window, 7) + constant.view(-1, 1, 1)
    assert torch.equal(TorchProduct(plan, weight, window)(x, constant, None, 7), sums)
    scale = torch.rand(len(weight))
    makes = [make] + [DepthwiseProduct] * ("planes" in kernel and weight.shape[1] == 1)
    layouts = (x, x.contiguous(memory_format=torch.channels_last), x.mT.contiguous().mT)
    for isa, make in itertools.product(ISAS, makes):
        with running(isa):
            product = make(plan, weight, window)
            assert product.isa == isa
            for count, codes in itertools.product((1, 3), layouts):
                torch.set_num_threads(count)
                assert torch.equal(product(codes, constant, None, 7), sums), (isa, count)
            torch.set_num_threads(7 if isa == ISAS[-1] else 2)
            assert torch.equal(product(x, constant, scale, 7), sums.float() * scale.view(-1, 1, 1))


def test_sums_wrap_at_32_bits(isa: int) -> None:
    """Each product is -(2**30), so sums of them go around; a torch sum of 64 bits, cut to 32, is the judge."""
    rng = np.random.default_rng(0)
    plane = Plane(rng.integers(0, 256, 256).astype(np.int16), rng.integers(-128, 128, 255).astype(np.int8), 15, 0)
    table = plane.product()
    plan = Plan("low rank", (plane,), np.zeros(255, np.int64), table.astype(np.int32), "", 1, 1, 0.0)
    x, weight = torch.full((1, 50, 1, 2), 200, dtype=torch.uint8), torch.full((3, 50, 1, 1), 9)
    judged = (torch.tensor(int(table[200, 9])) * 50).to(torch.int32)
    assert int(judged) != int(table[200, 9]) * 50
    constant = torch.zeros(3, dtype=torch.int32)
    for product in (LowRankProduct(plan, weight, Window()), TableProduct(plan, weight, Window())):
        assert torch.equal(product(x, constant, None), judged.expand(1, 3, 1, 2))


def test_extreme_bytes_do_not_saturate(isa: int) -> None:
    """Some byte products saturate at 16 bits, which 255 * -128 twice over passes; and 256 bytes of 255 fill 16-bit sums."""
    left, right = np.full(256, 255, np.int16), np.full(255, -128, np.int8)
    plane = Plane(left, right, 0, 0)
    plan = Plan("low rank", (plane,), np.zeros(255, np.int64), plane.product().astype(np.int32), "", 1, 1, 0.0)
    for inner in (4, 256, 257, 600):
        x, weight = torch.zeros(1, inner, 1, 3, dtype=torch.uint8), torch.zeros(16, inner, 1, 1, dtype=torch.long)
        constant = torch.zeros(16, dtype=torch.int32)
        assert (LowRankProduct(plan, weight, Window())(x, constant, None) == -128 * 255 * inner).all()
        extremes = np.where(np.arange(255) == 0, 0, -65535)[None, :].repeat(256, 0)
        extremes[0] = [0] * 255
        table = compile_plan(extremes, 0, -127, kind="table", cache=False)
        for code, entry in ((0, 0), (1, -65535)):
            columns = torch.full((16, inner, 1, 1), 1)
            sums = TableProduct(table, columns, Window())(torch.full_like(x, code), constant, None)
            assert (sums == entry * inner).all()


@pytest.mark.parametrize(("table", "make"), [(2.0, LowRankProduct), (1.0, TableProduct)])
def test_the_choice_of_kernel_does_not_show(table: float, make: Any, isa: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_measure", lambda depthwise: cost.Costs(1.0, 0.5, table))
    monkeypatch.setattr(cost, "_costs", cost._costs.__wrapped__)
    monkeypatch.setenv(VARIABLE, os.devnull)  # no costs are kept
    plan = random_plan(2)
    for shape in ("3x3", "depthwise", "column"):
        x, weight, window = operands(shape, plan)
        constant = torch.zeros(len(weight), dtype=torch.int32)
        product = prepare(plan, weight, window)
        assert isinstance(product, DepthwiseProduct if make is LowRankProduct and shape == "depthwise" else make)
        chosen = product(x, constant, None)
        for product in (LowRankProduct(plan, weight, window), TableProduct(plan, weight, window)):
            made = product(x, constant, None)
            assert torch.equal(made, chosen)
            assert made.stride() == chosen.stride()
        fallback = TorchProduct(plan, weight, window)(x, constant, None)
        assert torch.equal(fallback, chosen)
        assert fallback.stride() == chosen.stride()


@pytest.mark.parametrize("codes", [(0, 255), (-128, 127), (-7, 7), (0, 15)])
def test_quantiser_equals_torch(codes: tuple[int, int], isa: int) -> None:
    torch.manual_seed(0)
    low, high = codes
    ties = torch.arange(-300, 300) * 0.5
    for x in (torch.randn(3, 70, 5), torch.cat([ties * 0.37, ties]), torch.tensor([3e38, -3e38, 1e-45, 0.0, -0.0])):
        for scale, zero_point in ((0.37, 3), (1.0, 0), (2.0**-100, low)):
            got = quantize_on_cpu(x, scale, zero_point, low, high)
            torch_codes = (torch.round(x / torch.tensor(scale)) + zero_point).clamp(low, high) - low
            assert got is not None
            assert torch.equal(got, torch_codes.to(torch.uint8))
    assert quantize_on_cpu(torch.tensor([1.0, float("inf")]), 1.0, 0, low, high) is None
    assert quantize_on_cpu(torch.tensor([float("nan")]), 1.0, 0, low, high) is None


@pytest.mark.parametrize("scale", [*np.geomspace(1e-6, 1e6, 40), 0.1, 2.0**-7, 1 / 255, 2.0**-126, 2.0**-140, 2.0**125, 3e38])
def test_quantiser_next_to_ties(scale: float, isa: int) -> None:
    """The fastest path divides only where a product with the reciprocal could round otherwise."""
    step = torch.tensor(scale)
    middle = (torch.arange(-300, 300).double() + 0.5) * step.double()
    x = middle.float()[middle.abs() < 3e38]
    near = [x]
    for to in (torch.inf, -torch.inf):
        y = x
        for _ in range(4):
            near.append(y := torch.nextafter(y, torch.tensor(to)))
    values = torch.cat([part[part.isfinite()] for part in near])
    codes = (torch.round(values / step) + 3).clamp(-128, 127) + 128
    got = quantize_on_cpu(values, step.item(), 3, -128, 127)
    assert got is not None
    assert torch.equal(got, codes.to(torch.uint8))


@pytest.mark.parametrize(("outputs", "groups"), [(64, 1), (128, 2), (72, 1), (80, 2)])
def test_results_larger_than_caches(outputs: int, groups: int, isa: int) -> None:
    """Whole lines of such results are written past the caches; 72 outputs, or 40 of a group, are none."""
    plan, window = random_plan(2), Window((1, 1), groups=groups)
    torch.manual_seed(0)
    x = torch.randint(0, 256, (2, 3 * groups, 120, 80), dtype=torch.uint8)
    weight = torch.randint(0, 255, (outputs, 3, 1, 1))
    sums, constant = expected(plan, x, weight, window, 0), torch.zeros(outputs, dtype=torch.int32)
    product = LowRankProduct(plan, weight, window)
    assert 4 * sums.numel() > 4 << 20
    assert torch.equal(product(x, constant, None), sums)
    assert torch.equal(product(x, constant, torch.full((outputs,), 0.3)), sums * torch.tensor(0.3))


@pytest.fixture
def fresh_library() -> Iterator[None]:
    build.library.cache_clear()
    yield
    build.library.cache_clear()


def test_without_a_compiler_one_warning_and_equal_results(
    fresh_library: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    plan = random_plan(2)
    x, weight, window = operands("3x3", plan)
    with pytest.warns(RuntimeWarning, match="no compiled CPU kernels, simulation is slower: no C\\+\\+ compiler was found"):
        product = prepare(plan, weight, window)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(prepare(plan, weight, window), TorchProduct)
    constant = torch.zeros(len(weight), dtype=torch.int32)
    assert torch.equal(product(x, constant, None, 7), expected(plan, x, weight, window, 7))


def test_unusable_cache_is_one_warning(fresh_library: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "cache"))
    with pytest.warns(RuntimeWarning, match="no compiled CPU kernels, simulation is slower: cannot use the cache folder"):
        assert build.library() is None


def test_a_broken_compiler_is_one_warning(fresh_library: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiler = tmp_path / "g++"
    compiler.write_text("#!/bin/sh\nif [ $1 = --version ]; then echo 1; else echo 'x.cpp:1: error: no' >&2; exit 1; fi\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    with pytest.warns(RuntimeWarning, match="the kernels do not compile with .*: x.cpp:1: error: no"):
        assert build.library() is None
    assert not list((tmp_path / "cache").rglob("*.so"))


def test_a_damaged_library_is_compiled_again(fresh_library: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    compiled = build._compiled()
    compiled.write_bytes(compiled.read_bytes()[:1000])
    assert len(build._compiled().read_bytes()) > 1000


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(x / 2)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("hidden", [1, 7, 64])
def test_cells_equal_their_equations_to_rounding(
    hidden: int, compiled: bool, isa: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the flat middle of the functions to both ends, where they saturate; the equations are torch's, in 64 bits."""
    if not compiled:
        monkeypatch.setattr("pysim.kernels.cpu.cells.library", lambda: None)
    rng = np.random.default_rng(0)
    for size in (1e-4, 0.3, 1.0, 3.0, 10.0, 200.0):
        a, b = (rng.standard_normal((5, 4 * hidden)) * size for _ in range(2))
        state = rng.standard_normal((5, hidden))
        a, b, state = (part.astype(np.float32).astype(np.float64) for part in (a, b, state))
        made = [torch.from_numpy(part.astype(np.float32)) for part in (a, b, state)]
        three, one = ([part[:, : n * hidden].contiguous() for part in made[:2]] for n in (3, 1))
        found = [*_cells.lstm(*made), _cells.gru(*three, made[2]), _cells.rnn_tanh(*one, made[2])]
        into, forget, cell, out = np.split(a + b, 4, 1)
        c = sigmoid(forget) * state + sigmoid(into) * np.tanh(cell)
        (reset_a, update_a, new_a), (reset_b, update_b, new_b) = (np.split(part[:, : 3 * hidden], 3, 1) for part in (a, b))
        update = sigmoid(update_a + update_b)
        new = np.tanh(new_a + sigmoid(reset_a + reset_b) * new_b)
        expected = [sigmoid(out) * np.tanh(c), c, (1 - update) * new + update * state, np.tanh((a + b)[:, :hidden])]
        for mine, judge in zip(found, expected, strict=True):
            assert np.allclose(mine.numpy(), judge, rtol=1e-6, atol=2e-7 * max(size, 1))


def test_random_plan_is_a_plan() -> None:
    """The judge of this file's tests is sound: its random planes make its table."""
    plan = random_plan(3)
    assert plan.proved()
    assert not replace(plan, planes=plan.planes[:2]).proved()
