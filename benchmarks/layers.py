"""`make bench`: time of approximate layers as a ratio to torch's float32 on the same shape, in the same run.

Float32 and approximate layer take turns, and medians of several rounds are compared. "Warm" reuses the table columns of the
weights, as inference does; the first call builds them.
"""

from __future__ import annotations

import copy
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from pysim import approximate_

ROUNDS = 5
MULTIPLIER = "drum8_k4"

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear 4096 x 512 -> 512": (lambda: nn.Linear(512, 512), (4096, 512)),
    "conv3x3 64->64, 56x56, batch 8": (lambda: nn.Conv2d(64, 64, 3, padding=1), (8, 64, 56, 56)),
    "conv1x1 256->256, 14x14, batch 32": (lambda: nn.Conv2d(256, 256, 1), (32, 256, 14, 14)),
    "depthwise 3x3, 192 channels, 28x28, batch 16": (lambda: nn.Conv2d(192, 192, 3, padding=1, groups=192), (16, 192, 28, 28)),
    "LSTM 256/256, batch 64, 50 steps": (lambda: nn.LSTM(256, 256), (50, 64, 256)),
}


def main() -> None:
    """Print the table."""
    torch.manual_seed(0)
    console = Console()
    console.print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, {_processor()}; multiplier {MULTIPLIER}, 8 bits"
    )
    shown = Table("layer", "float32", "approximate", "ratio", "first call", box=None)
    for name, (make, shape) in LAYERS.items():
        exact = make().eval()
        approximate = copy.deepcopy(exact)
        x = torch.rand(shape)
        approximate_(approximate, MULTIPLIER, calibration=[x])
        with torch.no_grad():
            first = _seconds(approximate, x)
            rounds = [(_seconds(exact, x), _seconds(approximate, x)) for _ in range(ROUNDS)]
        base, ours = (statistics.median(times) for times in zip(*rounds, strict=True))
        shown.add_row(name, *(f"{1e3 * t:.2f} ms" for t in (base, ours)), f"{ours / base:.1f}", f"{1e3 * first:.0f} ms")
    console.print(shown)


def _seconds(layer: nn.Module, x: Tensor) -> float:
    start = perf_counter()
    layer(x)
    return perf_counter() - start


def _processor() -> str:
    """Model and the vector extensions that matter, where the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return "unknown processor"
    lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in lines.items()}
    has = [flag for flag in ("avx2", "avx512_vnni", "avx512vbmi") if flag in fields.get("flags", "").split()]
    return f"{fields.get('model name', 'unknown processor')} ({', '.join(has) or 'no AVX2'})"


if __name__ == "__main__":
    main()
