"""`make bench-check`: what looking at the weights at every call costs, against the same network inside `pysim.frozen`.

The network has the sizes of EfficientNet-Lite0 (EfficientNet-B0 of Tan and Le 2019 without squeezing) and random weights: 4.6
million parameters in 50 layers, 224 x 224 images. Both take turns.
"""

from __future__ import annotations

import argparse
import sys

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from benchmarks.machine import machine
from benchmarks.rounds import medians
from pysim import approximate_, frozen

BLOCKS = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
"""Expansion, channels, repetitions, stride of the first, and kernel size of each stage."""


class Block(nn.Module):
    """Expand, convolve each channel, project, and add the input where it fits."""

    def __init__(self, channels: int, out: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        inner = channels * expansion
        expand = [nn.Conv2d(channels, inner, 1), nn.ReLU6()] if expansion > 1 else []
        depthwise = nn.Conv2d(inner, inner, kernel, stride, kernel // 2, groups=inner)
        self.layers = nn.Sequential(*expand, depthwise, nn.ReLU6(), nn.Conv2d(inner, out, 1))
        self.adds = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        """(B, out, H / stride, W / stride) of x (B, channels, H, W)."""
        y: Tensor = self.layers(x)
        return x + y if self.adds else y


def network() -> nn.Module:
    """Classes (B, 1000) of images (B, 3, 224, 224)."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU6()]
    channels = 32
    for expansion, out, count, stride, kernel in BLOCKS:
        for index in range(count):
            layers.append(Block(channels, out, expansion, stride if index == 0 else 1, kernel))
            channels = out
    head = [nn.Conv2d(channels, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000)]
    return nn.Sequential(*layers, *head).eval()


class Frozen(nn.Module):
    """The same calls under the promise that nothing changes."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.promise = frozen(model)
        self.promise.__enter__()

    def forward(self, x: Tensor) -> Tensor:
        """As the model's."""
        y: Tensor = self.model(x)
        return y


def main() -> None:
    """Print the table of times and ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.weight_check", description=__doc__)
    parser.add_argument("--rounds", type=int, default=31, help="rounds whose medians are compared")
    parser.add_argument("--multiplier", default="drum8_k4")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        sys.exit(f"error: rounds = {arguments.rounds} is not allowed; use 1 or more")
    console = Console()
    console.print(machine())
    shown = Table("batch", "frozen", "looking at the weights", "ratio", box=None)
    for batch in (1, 16):
        x, models = torch.rand(batch, 3, 224, 224), [network(), network()]
        for model in models:
            approximate_(model, arguments.multiplier, calibration=[x[:1]])
        times = medians({"looking": (models[0], x), "frozen": (Frozen(models[1]), x)}, arguments.rounds)
        ratio = times["looking"] / times["frozen"]
        shown.add_row(str(batch), f"{1e3 * times['frozen']:.1f} ms", f"{1e3 * times['looking']:.1f} ms", f"{ratio:.3f}")
    console.print(shown)
    count = sum(parameter.numel() for parameter in network().parameters())
    console.print(f"{count:,} parameters, {arguments.multiplier}; medians of {arguments.rounds} rounds in turns.")


if __name__ == "__main__":
    main()
