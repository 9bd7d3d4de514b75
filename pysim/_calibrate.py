"""Post-training calibration: run float batches through a converted model and fix each activation's scale and zero point."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ._batches import run
from ._errors import PysimError, UncalibratedError
from ._float_products import FloatProducts
from ._layers_of import converted
from ._observers import observer


def calibrate_(model: nn.Module, batches: Any) -> None:
    """Calibrate every converted layer of `model` on batches of its inputs, in eval mode and float arithmetic.

    `batches` is one batch, or an iterable of them: a list of tensors, or a DataLoader. A batch is a tensor or packed sequence,
    or a tuple, list or dict of the model's arguments; what it has beyond those, as labels, is left out. Warns of matrix
    products that the model computes outside its layers (attention scores, say): they stay in float. Raises PysimError for no
    batches, for batches that the model cannot take, or an unconverted model, NonFiniteError for NaN or infinite inputs,
    UncalibratedError naming layers that no batch reached. Whatever is raised, Ctrl-C included, the previous calibration stays,
    and in a model in training its ranges do.
    """
    products = [product for layer in converted(model) for product in layer.products()]
    if not products:
        raise PysimError("the model has no converted layer; call approximate_ first")
    training = {module: module.training for module in model.modules()}
    outside = FloatProducts()
    before = [(product.quantizer.scale.clone(), product.quantizer.zero_point.clone()) for product in products]
    restores = [product.form.ranges.kept() for product in products if product.form is not None]
    try:
        for product in products:
            product.observer = observer(product.operands.quantization)
        model.eval()
        with torch.no_grad(), outside.watch(model):
            count = run(model, batches)
        if not count:
            raise PysimError("no calibration batches were given; at least one is needed")
        missed = [p.name for p in products if p.observer is not None and not p.observer.count]
        if missed:
            raise UncalibratedError(f"no calibration batch reached {', '.join(missed)}; give batches that run every layer")
        outside.report()
        for product in products:
            assert product.observer is not None
            product.quantizer.calibrate(*product.observer.range())
            if product.form is not None:
                product.form.ranges.restart(product.quantizer)
    except BaseException:
        for product, (scale, zero_point) in zip(products, before, strict=True):
            product.quantizer.scale.copy_(scale)
            product.quantizer.zero_point.copy_(zero_point)
        for restore in restores:
            restore()
        raise
    finally:
        for product in products:
            product.observer = None
        for module, mode in training.items():
            module.training = mode
