"""Control variates (after arXiv 2102.09642): the error of a sum, estimated from the sum of its activations, and taken off.

The errors e of output n are estimated by C[n] * S + D[n] from the side sum S of activation codes, with the line that is nearest
to the errors of calibration data:

    C[n] = cov(e, S) / var(S)        D[n] = mean(e) - C[n] * mean(S)

so that what is left has a mean of zero, and the least variance that a line in S can leave. No training is needed. The paper has
C from the weights of its own multipliers; measured, it serves any.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .._approximate import ApproximateProduct
from .._correction import SHIFT, Correction
from .._layers_of import converted
from ._form import Form
from ._prepare import finish_, prepare_, products, record
from ._statistics import Statistics


def control_variate_(model: nn.Module, batches: Any) -> None:
    """Correct every product of a converted and calibrated model, in place, by batches of its inputs.

    Weights and ranges stay. Where weights change later, call it again: the correction is theirs. Raises PysimError for a model
    that is not converted, UncalibratedError for layers that are not calibrated or that no batch reached; whatever is raised,
    earlier corrections stay.
    """
    former = [(product, product.correction) for product in products(model)]
    prepared = any(isinstance(product.form, Form) for product, _ in former)
    if not prepared:
        prepare_(model)
    try:
        remove_control_variate_(model)
        recorded = record(model, batches)
        for layer in converted(model):
            for key, product in layer.approximation.items():
                assert isinstance(product, ApproximateProduct)
                weight = getattr(layer, key if key == "weight" else f"weight_{key}")
                product.correction = _correction(weight, recorded[product])
    except BaseException:
        for product, correction in former:
            product.correction = correction
        raise
    finally:
        if not prepared:
            finish_(model)


def remove_control_variate_(model: nn.Module) -> None:
    """Take every correction out again, in place."""
    for product in products(model):
        product.correction = None


@torch.no_grad()
def _correction(weight: Tensor, statistics: Statistics) -> Correction:
    factor, offset = statistics.error_lines()
    rounded = (factor * (1 << SHIFT)).round()
    made = Correction(len(weight)).to(weight.device)
    made.factor.copy_(rounded)
    made.offset.copy_((offset + (factor - rounded / (1 << SHIFT)) * statistics.mean_side_sums()).round())
    return made
