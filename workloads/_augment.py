"""Augmentation of training images: small random rotations, scalings and shifts."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

ROTATION = math.radians(12)
SCALING = 0.1
SHIFT = 2 / 28
"""Largest shift, in image sides: 2 pixels."""


def jitter(images: Tensor, random: torch.Generator) -> Tensor:
    """Each image (N, ..., 28, 28) of one channel, transformed by its own random affine map; shape and range stay."""
    angle, scale, across, down = torch.rand(4, len(images), generator=random) * 2 - 1
    angle, scale = angle * ROTATION, 1 + scale * SCALING
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    rows = [cosine, -sine, across * 2 * SHIFT, sine, cosine, down * 2 * SHIFT]
    planes = images.reshape(len(images), 1, *images.shape[-2:])
    grid = functional.affine_grid(torch.stack(rows, 1).reshape(-1, 2, 3), list(planes.shape), align_corners=False)
    return functional.grid_sample(planes, grid, align_corners=False).reshape(images.shape)
