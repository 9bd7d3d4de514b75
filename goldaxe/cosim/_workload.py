"""Workloads as programs, with the inputs that are run through them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from accelerator import Program, lower
from multipliers import Multiplier
from pysim import Quantization, approximate_, operands
from workloads import load


def lowered(workload: str, multiplier: str | Multiplier, images: int) -> tuple[nn.Module, Program, Tensor]:
    """The network on a multiplier, its program, and its first test images.

    Raises ValueError for an unknown workload or multiplier, and for a number of images that there is not.
    """
    chosen = load(workload)
    inputs, _ = chosen.test()
    if not 1 <= images <= len(inputs):
        raise ValueError(f"images = {images} is not allowed; {chosen.name} has 1 to {len(inputs)} test images")
    model, calibration = chosen.model(), chosen.calibration()
    approximate_(model, operands(multiplier, Quantization()).multiplier, calibration=calibration)
    return model, lower(model, calibration, name=chosen.name), torch.as_tensor(inputs[:images])
