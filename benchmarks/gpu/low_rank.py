"""Our low-rank products against as many int8 products of the same shape by the vendor's library (`torch._int_mm`)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.gpu import tiles
from benchmarks.gpu.timing import spread
from pysim.kernels import Plan, Window
from pysim.kernels.gpu import Geometry, conv_low_rank
from pysim.kernels.gpu.products import LowRankProduct
from pysim.kernels.planes import Plane

RANKS = (1, 2, 4, 10)
SHAPES = ((4096, 4096, 4096), (8192, 1024, 1024), (16384, 512, 512), (2048, 768, 3072))
"""Rows, products a sum, outputs."""

BAR = 1.3
"""A multiplier whose error has rank r is to take at most so many times what 1 + r library products take."""


def plan(planes: int, shifts: tuple[int, ...]) -> Plan:
    """A multiplier of so many random planes, with these shifts in turn."""
    rng = np.random.default_rng(planes)
    made = []
    for shift in sorted((shifts[p % len(shifts)] for p in range(planes)), reverse=True):
        left, right = rng.integers(-128, 128, 256), rng.integers(-128, 128, 255)
        made.append(Plane(left.astype(np.int16), right.astype(np.int8), shift, 128))
    column = np.zeros(255, np.int64)
    table = sum((plane.product() for plane in made), np.zeros((256, 255), np.int64))
    return Plan("low rank", tuple(made), column, table.astype(np.int32), "", planes, planes, 0.0)


def library(compiled: Plan, x: Tensor, weight: Tensor) -> list[tuple[Tensor, Tensor, int]]:
    """Each plane's two matrices of factors, as `torch._int_mm` likes them, and its shift."""
    found = []
    for plane in compiled.planes:
        left = torch.from_numpy(plane.left.astype(np.int8)).to(x.device)[x.int()]
        right = torch.from_numpy(plane.right).to(x.device)[weight.int()]
        found.append((left, right.t(), plane.shift))
    return found


def products(pairs: list[tuple[Tensor, Tensor, int]]) -> list[Tensor]:
    """The library's products, one after the other."""
    return [torch._int_mm(left, right) for left, right, _ in pairs]


def measure(shape: tuple[int, int, int], rank: int, device: str, shifts: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """Seconds of the library and of each of our ways, which must all give the library's sums."""
    rows, inner, outputs = shape
    compiled = plan(1 + rank, shifts)
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(0, 256, (rows, inner), dtype=torch.uint8, generator=generator).to(device)
    weight = torch.randint(0, 255, (outputs, inner), dtype=torch.uint8, generator=generator).to(device)
    pairs = library(compiled, x, weight)
    expected = sum((part << pair[2] for part, pair in zip(products(pairs), pairs, strict=True)), torch.tensor(0)).int()
    zero = torch.zeros(outputs, dtype=torch.int32, device=device)
    images = x.t()[None, :, :, None]
    found: dict[str, Any] = {
        "shape": shape,
        "rank": rank,
        "shifts": shifts,
        "seconds": {},
        "spread": {},
        "tile": {},
        "errors": {},
    }
    calls: dict[str, Any] = {}
    for name, dense in (("dense", True), ("convolution", False)):
        product = LowRankProduct(compiled, weight[:, :, None, None], Window(), dense)
        calls[name] = partial(_rows, product, images, zero)
        if name == "convolution":
            fused = partial(
                conv_low_rank, x[:, None, None, :], product._left, product._right, product._shifts, product.constant, Geometry()
            )
            calls["fused"] = lambda fused=fused: fused(True).flatten(0, 2)
    found["seconds"]["library"], found["spread"]["library"] = spread(lambda: products(pairs), device)
    for name, call in calls.items():
        try:
            if not torch.equal(call(), expected):
                found["errors"][name] = "WRONG RESULT"
                continue
            found["seconds"][name], found["spread"][name] = spread(call, device)
            found["tile"][name] = tiles.best("dense" if name == "dense" else "low_rank")
        except Exception as error:  # one way that fails must not hide the others
            found["errors"][name] = f"{type(error).__name__}: {error}".splitlines()[0][:120]
    return found


def tune(shape: tuple[int, int, int], rank: int, device: str) -> dict[str, list[dict[str, Any]]]:
    """Every tile of both kernels on one shape."""
    rows, inner, outputs = shape
    compiled = plan(1 + rank, (0,))
    generator = torch.Generator().manual_seed(1)
    x = torch.randint(0, 256, (rows, inner), dtype=torch.uint8, generator=generator).to(device)
    weight = torch.randint(0, 255, (outputs, inner), dtype=torch.uint8, generator=generator).to(device)
    expected = torch.stack(products(library(compiled, x, weight))).sum(0).int()
    zero, found = torch.zeros(outputs, dtype=torch.int32, device=device), {}
    for name, dense in (("dense", True), ("low_rank", False)):
        product = LowRankProduct(compiled, weight[:, :, None, None], Window(), dense)
        found[name] = tiles.each(name, partial(_rows, product, x.t()[None, :, :, None], zero), expected, device)
    return found


def _rows(product: LowRankProduct, images: Tensor, zero: Tensor) -> Tensor:
    return product(images, zero, None)[0, :, :, 0].t()
