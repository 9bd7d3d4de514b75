"""Peak memory of a layer's inference, each variant in a process of its own.

What is counted is resident memory at its peak while the layer runs, less what the process had with the float layer, its input
and one float run on a single image: so outputs, working memory and prepared weights. Linux tells (VmHWM, reset by clear_refs).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import torch

from benchmarks.shapes import QUICK, SHAPES, approximate


def measured(shape: str, variant: str) -> float | None:
    """MiB of a variant ("float32" or one of RANKS) on a shape; None where the system does not tell."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    command = [sys.executable, "-m", "benchmarks.memory", shape, variant]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=plain, cwd=Path(__file__).parents[1])
    answer: float | None = json.loads(done.stdout)
    return answer


def _status(field: str) -> int:
    """A field of /proc/self/status, in bytes."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{field}:"))
    return 1024 * int(line.split()[1])


@torch.no_grad()
def _measure(name: str, variant: str) -> float:
    shape = {**SHAPES, **QUICK}[name]
    layer, x = shape.make(shape.batch, shape.channels)
    layer(x[:1])
    before = _status("VmRSS")
    if variant != "float32":
        layer = approximate(layer, variant, x[:1])
        layer(x[:1])
    Path("/proc/self/clear_refs").write_text("5")
    for _ in range(3):
        layer(x)
    return (_status("VmHWM") - before) / (1 << 20)


if __name__ == "__main__":
    try:
        print(json.dumps(_measure(*sys.argv[1:])))
    except OSError:
        print("null")
