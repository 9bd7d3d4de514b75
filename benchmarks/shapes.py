"""The two shapes whose scaling is measured, and the variants that are measured on them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.multipliers import of_rank
from pysim import approximate_

RANKS: dict[str, int | None] = {"exact": 0, **{f"rank {rank}": rank for rank in (1, 2, 4, 8, 16, 32, 64)}, "table": None}
"""Every variant, and the rank of its multiplier's error; None has full rank."""

FEW = ("exact", "rank 4", "table")
"""The variants of sweeps over other things than the rank."""


@dataclass(frozen=True)
class Shape:
    """A layer by its channels, on so many images or rows; a sweep changes one of them and leaves the other."""

    layer: Callable[[int], nn.Module]
    input: Callable[[int, int], Tensor]
    batch: int
    channels: int
    batches: tuple[int, ...]
    more_channels: tuple[int, ...]
    taps: int = 1

    def make(self, batch: int, channels: int) -> tuple[nn.Module, Tensor]:
        """The float layer and a random input."""
        torch.manual_seed(0)
        return self.layer(channels).eval(), self.input(batch, channels)


SHAPES = {
    "linear, 512 outputs": Shape(
        lambda channels: nn.Linear(channels, 512), torch.rand, 4096, 512, (1, 16, 256, 4096), (128, 512, 2048)
    ),
    "conv3x3, 64 outputs, 28x28": Shape(
        lambda channels: nn.Conv2d(channels, 64, 3, padding=1),
        lambda batch, channels: torch.rand(batch, channels, 28, 28),
        *(8, 64, (1, 4, 16, 64), (16, 64, 256), 9),
    ),
}

QUICK = {
    "linear, 4 outputs": Shape(lambda channels: nn.Linear(channels, 4), torch.rand, 8, 6, (1, 8), (6, 12)),
    "conv3x3, 2 outputs, 5x5": Shape(
        lambda channels: nn.Conv2d(channels, 2, 3),
        lambda batch, channels: torch.rand(batch, channels, 5, 5),
        2,
        3,
        (2,),
        (3,),
        9,
    ),
}
"""Shapes for trying out the machinery."""


def approximate(layer: nn.Module, variant: str, x: Tensor) -> nn.Module:
    """A copy of the layer on a variant's multiplier, calibrated on x."""
    layer, rank = copy.deepcopy(layer), RANKS[variant]
    approximate_(layer, "exact8" if rank == 0 else of_rank(rank), calibration=[x])
    return layer
