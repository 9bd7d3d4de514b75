"""Fine-tuning of scales and biases only: what an accelerator changes without new weight codes."""

from __future__ import annotations

from torch import nn

from .._errors import PysimError


def only_scales_and_biases_(model: nn.Module) -> list[nn.Parameter]:
    """Freeze all matrices in place, and return what is left to train: biases, batch norm's scales, and learned ranges.

    Weight codes then stay what they are, for their scales follow from the frozen weights. Raises PysimError if nothing is left.
    """
    for parameter in model.parameters():
        parameter.requires_grad_(parameter.dim() < 2)
    left = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not left:
        raise PysimError("the model has no bias, no scale and no learned range, so that nothing would be trained")
    return left
