"""What bounds a layer from below on this machine: int8 products at the kernel's best rate, and its bytes at that of a copy.

`python -m benchmarks.limits` measures both rates, and the layers against them. A layer that took the sum of the two bounds
would have overlapped none of its work; one that took the larger would have overlapped all.
"""

from __future__ import annotations

import copy
import statistics
from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.layers import LAYERS
from benchmarks.machine import machine
from benchmarks.multipliers import of_rank
from pysim import approximate_
from pysim.kernels import Window, compile_plan
from pysim.kernels.cpu.products import LowRankProduct

ROUNDS = 15


def main() -> None:
    """Print the rates, and each convolution's and linear layer's bounds beside its time."""
    products, moved = product_rate(), copy_rate()
    console = Console()
    console.print(machine())
    console.print(f"int8 products: {products / 1e9:.0f} per ns of all threads; copies: {moved / 1e9:.1f} GB/s read and written")
    shown = Table("layer", "planes", "products", "bytes", "time", "of the larger bound", box=None)
    for name, (make, shape) in LAYERS.items():
        if name.startswith("LSTM"):
            continue  # its steps wait for one another
        layer, x = make().eval(), torch.rand(shape)
        for planes in (1, 5):
            converted = copy.deepcopy(layer)
            approximate_(converted, "exact8" if planes == 1 else of_rank(planes - 1), calibration=[x])
            with torch.no_grad():
                y = converted(x)
                taken = median(lambda run=converted, x=x: run(x))  # type: ignore[misc]
            count = y.numel() * layer.weight[0].numel() * planes  # type: ignore[index]
            bounds = count / products, 4 * (x.numel() + y.numel()) / moved
            times = (f"{1e3 * seconds:.2f} ms" for seconds in (*bounds, taken))
            shown.add_row(name, str(planes), *times, f"{taken / max(bounds):.1f}x")
    console.print(shown)


def product_rate() -> float:
    """int8 products per second at the best of some shapes."""
    codes = np.arange(256)
    plan = compile_plan(np.multiply.outer(codes, np.arange(-127, 128)), 0, -127, kind="exact", cache=False)
    best = 0.0
    for inner, outputs in ((512, 64), (1024, 256), (4096, 64)):
        product = LowRankProduct(plan, torch.zeros(outputs, inner, 1, 1, dtype=torch.long), Window())
        x = torch.zeros(1, 4096, 1, inner, dtype=torch.uint8).permute(0, 3, 1, 2)
        constant = torch.zeros(outputs, dtype=torch.int32)
        best = max(best, 4096 * outputs * inner / median(lambda run=product, x=x, c=constant: run(x, c, None)))  # type: ignore[misc]
    return best


def copy_rate() -> float:
    """Bytes read and written per second by a copy of 128 MiB."""
    x = torch.zeros(1 << 25)
    y = torch.zeros_like(x)
    return 8 * x.numel() / median(lambda: y.copy_(x))


def median(run: Callable[[], object]) -> float:
    """Seconds of a run."""
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
