"""What a product costs on this machine, measured once: int8 planes against table look-ups, in dense and depthwise shapes.

The cost of P planes is a line through the times of one and of four planes; a table costs the same for every multiplier. The
kernels take turns on one layer each, from real numbers to real numbers, with cold caches as behind another layer, and the
fastest of their runs counts, which other load disturbs least. The costs are kept in the cache folder for this processor,
library, instruction set and thread count.
"""

from __future__ import annotations

import json
import platform
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from multipliers import CacheError, cache_folder
from multipliers._cache import write_atomically
from multipliers._users_files import read_file, read_json

from .compiler import compile_plan
from .cpu.build import library
from .cpu.interface import isa_in_use
from .cpu.products import PlanesProduct, Product, TableProduct, planes_product
from .cpu.quantize import quantize_on_cpu
from .plan import Plan
from .window import Window

_RUNS = 21
_OTHERS = 32 << 20  # bytes that are touched between runs, as other layers do
_QUANTIZER = (1 / 255, 0, 0, 255)  # scale, zero point, lowest and highest code


@dataclass(frozen=True)
class Costs:
    """Nanoseconds per product (one look-up, or one int8 multiplication of every plane) of a shape's layers."""

    first_plane: float
    further_plane: float
    table: float

    def planes(self, count: int) -> float:
        """Nanoseconds per product with so many planes."""
        return self.first_plane + max(count - 1, 0) * self.further_plane

    def agrees(self, other: Costs) -> bool:
        """Whether two measurements differ by less than a fifth."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return all(abs(mine - theirs) < 0.2 * max(mine, theirs) for mine, theirs in pairs)

    def prefers_table(self, plan: Plan) -> bool:
        """Whether looking the table up is the cheaper of the two."""
        return not plan.planes or self.planes(len(plan.planes)) > self.table


def costs(depthwise: bool, threads: int) -> Costs:
    """The measured costs of dense or depthwise products; they are measured now if the cache does not know them."""
    return _costs(depthwise, threads, isa_in_use())


@cache
def _costs(depthwise: bool, threads: int, isa: int) -> Costs:
    kernels = library()
    machine = f"{platform.node()} {platform.processor()} {_processor()}"
    name = f"cold layers {machine} {getattr(kernels, '_name', '')} {isa} {depthwise} {threads}"
    path = None
    with suppress(CacheError):
        path = cache_folder("costs") / f"{sha256(name.encode()).hexdigest()[:32]}.json"
        with suppress(OSError, ValueError, TypeError):
            known = Costs(**read_json(read_file(path, 1 << 16)))
            if all(isinstance(value, float) and value > 0 for value in asdict(known).values()):
                return known
    measured, again = _measure(depthwise), _measure(depthwise)
    if path is not None and measured.agrees(again):  # else the machine was busy: good enough for now, but not to be kept
        with suppress(CacheError):
            write_atomically(path, json.dumps(asdict(measured)).encode())
    return measured


def _measure(depthwise: bool) -> Costs:
    channels, groups, size = (64, 64, 28) if depthwise else (128, 1, 14)
    window = Window((3, 3), padding=(1, 1), end=(1, 1), groups=groups) if depthwise else Window()
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(16, channels, size, size, generator=generator, dtype=torch.float32, device="cpu")
    weight = torch.randint(0, 255, (channels, channels // groups, *window.kernel), generator=generator)
    codes = np.arange(256)
    one = compile_plan(np.multiply.outer(codes, np.arange(-127, 128)), 0, -127, kind="exact", cache=False)
    table = compile_plan(one.table, 0, -127, kind="table", cache=False)
    four = replace(one, planes=one.planes * 4)  # computes nothing of meaning, in the time of four planes
    products = len(weight) * weight[0].numel() * x.shape[0] * np.prod(window.output(size, size))
    kernels = (planes_product(one, weight, window), planes_product(four, weight, window), TableProduct(table, weight, window))
    others = torch.zeros(_OTHERS, dtype=torch.uint8, device="cpu")
    runs = [kernels for _ in range(_RUNS)]
    rounds = [[_seconds(kernel, x, len(weight), others) for kernel in turn] for turn in runs]
    first, fourth, look_up = (1e9 * min(times) / float(products) for times in zip(*rounds, strict=True))
    return Costs(first, max((fourth - first) / 3, first / 100), look_up)


def _seconds(product: Product, x: Tensor, outputs: int, others: Tensor) -> float:
    constant = torch.zeros(outputs, dtype=torch.int32, device="cpu")
    scale = torch.ones(outputs, dtype=torch.float32, device="cpu")
    others.add_(1)
    start = perf_counter()
    if isinstance(product, PlanesProduct):
        product.of_reals(x, _QUANTIZER, constant, scale)
    else:
        codes = quantize_on_cpu(x, *_QUANTIZER, reuse=True)
        assert codes is not None
        product(codes, constant, scale)
    return perf_counter() - start


def _processor() -> str:
    with suppress(OSError):
        return next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    return ""
