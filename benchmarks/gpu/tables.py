"""Table look-ups: the Triton kernels against CUDA C++ with the table in shared memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.gpu import native, tiles
from benchmarks.gpu.timing import spread
from pysim.kernels.gpu import Geometry, depthwise_table, linear_table

SHAPES = ((4096, 1024, 1024), (16384, 512, 512), (65536, 64, 64))
"""Rows, products a sum, outputs."""

DEPTHWISE = (32, 56, 56, 192)
"""Images, rows, columns, channels of a 3 x 3 convolution."""

BAR = 1e12
"""Products a second that any table is to reach."""


def reference(x: Tensor, table: Tensor, weight: Tensor) -> Tensor:
    """The sums by torch's own indexing, one k at a time."""
    sums = torch.zeros(len(x), len(weight), dtype=torch.int32, device=x.device)
    for k in range(x.shape[1]):
        sums += table[x[:, k].long()][:, weight[:, k].long()]
    return sums


def operands(shape: tuple[int, int, int], device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Random codes (M, K), a random table of 16 bits, and weights (N, K) with neighbouring outputs side by side."""
    rows, inner, outputs = shape
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(0, 256, (rows, inner), dtype=torch.uint8, generator=generator)
    table = torch.randint(-(1 << 15), 1 << 15, (256, 256), dtype=torch.int16, generator=generator)
    weight = torch.randint(0, 256, (inner, outputs), dtype=torch.uint8, generator=generator)
    return x.to(device), table.to(device), weight.to(device).t()


def measure(shape: tuple[int, int, int], device: str) -> dict[str, Any]:
    """Products a second of each kernel, all of which must give torch's sums."""
    x, table, weight = operands(shape, device)
    expected, wide, by_k = reference(x, table, weight), table.int(), weight.t()
    calls: dict[str, Callable[[], Tensor]] = {
        "triton": lambda: linear_table(x, table, weight),
        "triton, 32 bits": lambda: linear_table(x, wide, weight),
        "CUDA C++": lambda: native.look_up(x, table, by_k),
    }
    if device == "cpu":
        del calls["CUDA C++"]
    count = x.numel() * len(weight)
    return {"shape": shape, **_rates(calls, expected, count, "table", device)}


def measure_depthwise(size: tuple[int, int, int, int], device: str) -> dict[str, Any]:
    """The same for a depthwise convolution."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(0, 256, size, dtype=torch.uint8, generator=generator).to(device)
    table = torch.randint(-(1 << 15), 1 << 15, (256, 256), dtype=torch.int16, generator=generator).to(device)
    weight = torch.randint(0, 256, (9, size[3]), dtype=torch.uint8, generator=generator).to(device).t()
    padded = torch.nn.functional.pad(x, (0, 0, 1, 1, 1, 1), value=7).long()
    expected = torch.zeros(size, dtype=torch.int32, device=device)
    for tap in range(9):
        part = padded[:, tap // 3 : tap // 3 + size[1], tap % 3 : tap % 3 + size[2]]
        expected += table[part, weight[:, tap].long()]
    geometry = Geometry((3, 3), padding=((1, 1), (1, 1)), groups=size[3], pad_code=7)
    calls: dict[str, Callable[[], Tensor]] = {"triton": lambda: depthwise_table(x, table, weight, None, geometry)}
    return {"shape": size, **_rates(calls, expected, 9 * x.numel(), "depthwise", device)}


def tune(shape: tuple[int, int, int], device: str) -> list[dict[str, Any]]:
    """Every tile of the Triton kernel on one shape."""
    x, table, weight = operands(shape, device)
    return tiles.each("table", lambda: linear_table(x, table, weight), reference(x, table, weight), device)


def _rates(calls: dict[str, Callable[[], Tensor]], expected: Tensor, count: int, kernel: str, device: str) -> dict[str, Any]:
    found: dict[str, Any] = {"rates": {}, "spread": {}, "errors": {}, "tile": None}
    for name, call in calls.items():
        try:
            if not torch.equal(call(), expected):
                found["errors"][name] = "WRONG RESULT"
                continue
            taken, found["spread"][name] = spread(call, device)
            found["rates"][name] = count / taken
        except Exception as error:  # one kernel that fails must not hide the others
            found["errors"][name] = f"{type(error).__name__}: {error}".splitlines()[0][:120]
        if name == "triton":
            found["tile"] = tiles.best(kernel)
    return found
