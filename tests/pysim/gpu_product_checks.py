"""Equality of the GPU's products, and of layers on them, with plain loops. Run by test_gpu_products.py in Triton's interpreter.

`pytest tests/pysim/gpu_product_checks.py` runs them on a GPU, if there is one and TRITON_INTERPRET is not set.
"""

import copy
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from gpu_kernel_checks import DEVICE
from odd_multipliers import ODD_US
from oracle import conv_oracle, linear_oracle, record, seeded
from test_accumulator import loop
from test_cpu_kernels import expected, random_plan, small_table
from torch import Tensor, nn

from multipliers import Multiplier, Operand
from pysim import Accumulator, Quantization, UncalibratedError, approximate_
from pysim.kernels import Plan, TorchProduct, Window, prepare
from pysim.kernels.gpu import _device, _tuning
from pysim.kernels.gpu.products import LowRankProduct, Product, TableProduct

WAYS = [False, True] if DEVICE == "cpu" or _device.hopper(torch.device(DEVICE)) else [False]
"""Whether low-rank products are dense: those need a copy engine, or the interpreter."""

SHAPES = {
    "1 x 1 image": ((1, 1, 1, 1), 1, Window()),
    "rows": ((1, 37, 5, 1), 19, Window()),
    "images": ((2, 5, 3, 7), 17, Window()),
    "stride over pointwise": ((2, 3, 5, 4), 3, Window((1, 1), (2, 3))),
    "pointwise, padded at the end": ((1, 3, 2, 3), 3, Window(end=(2, 0))),
    "stride, dilation, groups": ((1, 4, 6, 6), 6, Window((3, 2), (2, 1), (2, 1), (1, 1), (2, 0), 2)),
    "depthwise x2": ((2, 3, 4, 5), 6, Window((3, 2), (2, 2), (1, 2), (1, 0), (0, 3), 3)),
    "empty batch": ((0, 3, 5, 5), 4, Window((3, 3))),
}
PLANS = {
    "one plane": lambda: random_plan(1),
    "three planes": lambda: random_plan(3),
    "narrow codes": lambda: random_plan(2, 13, 7),
    "no planes": lambda: random_plan(0),
    "table of 16 bits": small_table,
    "table of 32 bits": lambda: random_table(),
}


def tabulated(table: np.ndarray) -> Plan:
    """A plan of any table, larger entries than a compiled one's included."""
    return Plan("table", (), np.zeros(table.shape[1], np.int64), table.astype(np.int32), "", 0, 0, 0.0)


def random_table() -> Plan:
    return tabulated(np.random.default_rng(1).integers(-(2**31), 2**31, (256, 255)))


def made(plan: Plan, weight: Tensor, window: Window) -> list[Any]:
    """Every GPU product of a plan that has to give the same."""
    weight = weight.to(DEVICE)
    low_rank = [] if plan.kind == "table" else [LowRankProduct(plan, weight, window, dense) for dense in WAYS]
    return [TableProduct(plan, weight, window), *low_rank]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("plan", PLANS)
def test_equals_loop(plan: str, shape: str) -> None:
    size, outputs, window = SHAPES[shape]
    compiled = PLANS[plan]()
    torch.manual_seed(1)
    x = torch.randint(0, compiled.table.shape[0], size, dtype=torch.uint8)
    weight = torch.randint(0, compiled.table.shape[1], (outputs, size[1] // window.groups, *window.kernel))
    constant, scale = torch.randint(-1000, 1000, (outputs,), dtype=torch.int32), torch.rand(outputs)
    sums = expected(compiled, x, weight, window, 7) + constant.view(-1, 1, 1)
    like = TorchProduct(compiled, weight, window)(x, constant, None, 7)
    on = [part.to(DEVICE) for part in (x, constant, scale)]
    layouts = [on[0], on[0].contiguous(memory_format=torch.channels_last), on[0].mT.contiguous().mT]
    assert isinstance(prepare(compiled, weight.to(DEVICE), window, gpu=True), Product)
    for i, product in enumerate(made(compiled, weight, window)):
        scaled = (i + len(plan)) % 2 == 1
        result = product(layouts[(i + len(shape)) % 3], on[1], on[2] if scaled else None, 7)
        assert torch.equal(result.cpu(), sums.float() * scale.view(-1, 1, 1) if scaled else sums), i
        assert result.stride() == like.stride()


def test_gaps_between_codes() -> None:
    compiled = random_plan(2)
    x = torch.randint(0, 256, (4, 6, 8, 4), dtype=torch.uint8)[::2, ::2, ::3, 1:]
    weight = torch.randint(0, 255, (5, 3, 1, 1))
    constant = torch.zeros(5, dtype=torch.int32)
    for product in made(compiled, weight, Window()):
        result = product(x.to(DEVICE), constant.to(DEVICE), None)
        assert torch.equal(result.cpu(), expected(compiled, x, weight, Window(), 0))


@pytest.mark.skipif(True not in WAYS, reason="no copy engine")
@pytest.mark.parametrize("shape", ["rows", "images"])
def test_large_inputs_are_expanded_in_parts(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tuning, "EXPANDED_BYTES", 1000)
    size, outputs, window = SHAPES[shape]
    compiled, x = random_plan(2), torch.randint(0, 256, size, dtype=torch.uint8)
    weight, constant = torch.randint(0, 255, (outputs, size[1], 1, 1)), torch.arange(outputs, dtype=torch.int32)
    product = LowRankProduct(compiled, weight.to(DEVICE), window, True)
    result = product(x.to(DEVICE), constant.to(DEVICE), None).cpu()
    assert torch.equal(result, expected(compiled, x, weight, window, 0) + constant.view(-1, 1, 1))


@pytest.mark.parametrize("dense", WAYS)
def test_sums_wrap_at_32_bits(dense: bool) -> None:
    """Each product is near 2**30, and sums go around often; a torch sum of 64 bits, cut to 32, is the judge."""
    left, right = np.full(256, 255, np.int16), np.full(255, -128, np.int8)
    planes = tuple(type(random_plan(1).planes[0])(left, right, shift, 0) for shift in (15, 15, 3))
    table = sum(plane.product() for plane in planes)
    plan = Plan("low rank", planes, np.zeros(255, np.int64), table.astype(np.int32), "", 1, 1, 0.0)
    x = torch.full((1, 1000, 1, 2), 200, dtype=torch.uint8, device=DEVICE)
    weight = torch.full((3, 1000, 1, 1), 9, device=DEVICE)
    judged = (torch.tensor(int(table[200, 9])) * 1000).to(torch.int32)
    product = LowRankProduct(plan, weight, Window(), dense)
    assert torch.equal(product(x, torch.zeros(3, dtype=torch.int32, device=DEVICE), None).cpu(), judged.expand(1, 3, 1, 2))


ACCUMULATED = {
    "rows": ((1, 30, 3, 1), 4, Window()),
    "3 x 3, groups": ((1, 4, 3, 4), 4, Window((3, 3), padding=(1, 1), end=(1, 1), groups=2)),
    "depthwise, stride": ((1, 4, 5, 4), 4, Window((3, 3), (2, 1), padding=(1, 0), end=(0, 1), groups=4)),
}


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
@pytest.mark.parametrize("bits", [8, 17, 32])
@pytest.mark.parametrize("shape", ACCUMULATED)
def test_narrow_accumulators_equal_a_loop_in_array_order(shape: str, bits: int, overflow: Any) -> None:
    seeded()
    size, outputs, window = ACCUMULATED[shape]
    x = torch.randint(0, 256, size, dtype=torch.uint8)
    weight = torch.randint(0, 255, (outputs, size[1] // window.groups, *window.kernel))
    scale = 1 << 15 if bits == 32 else 1
    a, b = np.arange(256), np.arange(-127, 128)
    plan = tabulated(scale * (np.multiply.outer(a, b) - 7 * (a % 2)[:, None]))
    accumulator = Accumulator(bits, overflow)
    sums = loop(plan.table, x, weight, window, accumulator, 9)
    constant = torch.arange(outputs, dtype=torch.int32) * 1000
    product = prepare(plan, weight.to(DEVICE), window, accumulator, gpu=True)
    assert not isinstance(product, TorchProduct)
    result = product(x.to(DEVICE), constant.to(DEVICE), None, 9)
    assert np.array_equal(result.cpu().numpy(), sums + constant.view(-1, 1, 1).numpy())


@pytest.fixture
def on_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers use the GPU's products wherever they are."""
    monkeypatch.setattr("pysim._product.prepare", partial(prepare, gpu=True))


NOISE = Multiplier(
    "noise", Operand(8, False), Operand(8, True), Operand(17, True), lambda a, b: a * b + (a * 7 + b * b * 13 + (a ^ b)) % 61
)
MULTIPLIERS = ["exact8", "drum8_k4", ODD_US, NOISE]


@pytest.mark.skipif(DEVICE != "cpu", reason="the oracle reads layers on the CPU")
@pytest.mark.parametrize("multiplier", MULTIPLIERS, ids=str)
def test_layers_equal_plain_loops(multiplier: Any, on_gpu: None) -> None:
    seeded()
    conv: Any = nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2)
    x = torch.randn(2, 2, 5, 4)
    approximate_(conv, multiplier, calibration=[x])
    calls = record(conv)
    conv(x)
    assert isinstance(conv.product("weight").core.latest.product, Product)
    np.testing.assert_array_equal(calls[0]["acc"].numpy(), conv_oracle(conv, x, [(1, 1), (1, 1)]))
    for layer, rows in ((nn.Linear(7, 5), torch.randn(3, 7)), (nn.LSTM(5, 4), torch.randn(2, 3, 5))):
        approximate_(layer, multiplier, calibration=[rows])
        calls = record(layer)
        layer(rows)
        assert calls
        for call in calls:
            judged = linear_oracle(call["product"], call["rows"].numpy(), call["weight"], call["bias"])
            np.testing.assert_array_equal(call["acc_rows"].numpy(), judged)
            assert isinstance(call["product"].core.latest.product, Product)


def test_copies_and_state_dicts(on_gpu: None) -> None:
    seeded()
    layer: Any = nn.Linear(6, 3).to(DEVICE)
    x = torch.randn(2, 6, device=DEVICE)
    approximate_(layer, "drum8_k4", quantization=Quantization(), calibration=[x])
    y = layer(x)
    other: Any = nn.Linear(6, 3).to(DEVICE)
    approximate_(other, "drum8_k4", calibration=[x * 3])
    assert not torch.equal(other(x), y)
    other.load_state_dict(layer.state_dict())
    twin = copy.deepcopy(layer)
    for same in (twin, other, layer.cpu().to(DEVICE)):
        assert torch.equal(same(x), y)
    with torch.no_grad():
        twin.weight += 1
    assert not torch.equal(twin(x), y)
    assert torch.equal(layer(x), y)


def test_one_wait_for_the_device_a_call(on_gpu: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the check for finite inputs reads from the device; scale and zero point are read again when they change."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Reads(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.count += func in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.nonzero.default)
            return func(*args, **(kwargs or {}))

    monkeypatch.setattr("pysim._quantizer.quantize_on_cpu", lambda *_: None)
    layer: Any = nn.Linear(6, 3).to(DEVICE)
    x = torch.randn(2, 6, device=DEVICE)
    approximate_(layer, "drum8_k4", calibration=[x])
    product = layer.product("weight")
    images = x.view(1, 2, 1, 6).permute(0, 3, 1, 2)

    def reads() -> int:
        with Reads() as mode:
            quantizer = product.quantizer
            product.core.compute(images, layer.weight, layer.bias, quantizer.scale, quantizer.zero_point, Window())
        return mode.count

    assert reads() > 1
    assert reads() == 1
    product.quantizer.scale.fill_(torch.nan)
    with pytest.raises(UncalibratedError):
        layer(x)
    product.quantizer.calibrate(-9.0, 9.0)
    assert layer(x).isfinite().all()
    assert reads() == 1
