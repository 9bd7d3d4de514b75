"""Lowering: a calibrated network on an approximate multiplier becomes a program of integers only.

torch.fx traces the network; batch norm is folded into the product before it, ReLU and ReLU6 become clamps, and every value
gets codes: those of the quantiser that reads it, or such as suit its range. docs/integer-only.md tells all of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import nn

from pysim import converted

from .._errors import LoweringError
from ..program import Arithmetic, Program
from ._emit import Emitter
from ._steps import steps_of
from ._trace import trace

__all__ = ["lower"]


def lower(model: nn.Module, calibration: Iterable[Any], *, name: str | None = None) -> Program:
    """The integer program of a network that `approximate_` converted and calibrated, which stays as it is.

    `calibration` are batches of inputs, (B, ...); they give shapes, and ranges of values that no quantiser reads. `name` is
    the program's, the model's class if not given. Raises LoweringError naming the module that cannot be lowered and what can
    be, UncalibratedError for a network that was not calibrated.
    """
    arithmetic = _arithmetic(model)
    traced = trace(model, calibration, arithmetic.operands.quantization)
    steps, made = steps_of(traced)
    emitter = Emitter(traced, made, arithmetic.operands.activation)
    for step in steps:
        emitter.emit(step)
    inputs, outputs = (next(step for step in steps if step.kind == kind) for kind in ("input", "output"))
    builder = emitter.builder
    return Program(
        name or type(model).__name__,
        arithmetic,
        builder.values,
        tuple(builder.operations),
        emitter.env[inputs.node],
        emitter.env[outputs.node],
    )


def _arithmetic(model: nn.Module) -> Arithmetic:
    """What all products of the model are computed with; raises LoweringError if they differ, or if there are none."""
    products = [product for layer in converted(model) for product in layer.products()]
    if not products:
        raise LoweringError("the network has no layer on a multiplier; call approximate_ first")
    for product in products:
        if product.form is not None:
            raise LoweringError(f"{product.name}: the network is in training; call pysim.train.finish_ first")
        if product.correction is not None:
            raise LoweringError(
                f"{product.name}: it has a control variate, which integer programs do not have; "
                "call pysim.train.remove_control_variate_ first"
            )
    first = Arithmetic(products[0].operands)
    for product in products[1:]:
        if Arithmetic(product.operands).describe() != first.describe():
            raise LoweringError(
                f"{product.name} and {products[0].name} differ in multiplier or quantisation, "
                "and the array has one of each; convert the whole network at once"
            )
    return first
