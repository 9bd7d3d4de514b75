"""From a converted model to one in training, and back: `prepare_`, `finish_`, and what may change in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from multipliers import Multiplier

from .._approximate import ApproximateProduct
from .._batches import run
from .._errors import PysimError, UncalibratedError
from .._layers_of import converted
from .._quantization import operands
from ..layers import ApproximateLayer
from ._config import Forward, Training
from ._form import Form
from ._statistics import Statistics


def products(model: nn.Module) -> Iterator[ApproximateProduct]:
    """The approximate products of a model; raises PysimError if it has none."""
    layers = converted(model)
    if not layers:
        raise PysimError("the model has no converted layer; call approximate_ first")
    for layer in layers:
        yield from layer.products()


def prepare_(model: nn.Module, training: Training | None = None, *, batches: Any = None, **options: Any) -> None:
    """Make a converted and calibrated model trainable as `Training` says, in place; an ordinary loop does the rest.

    Options are `Training`'s own, as in `prepare_(model, gradient="difference", ranges="learned")`. What is prepared can be
    prepared again. `batches`, model inputs as for `calibrate_`, are needed by the gradient "estimate" and the error model.
    Learned ranges are new parameters: make the optimizer afterwards.

    Raises PysimError for options that are not allowed, a model that is not converted, or batches that are missing or do not
    fit; UncalibratedError for layers that are not calibrated, or that no batch reached. Whatever is raised, the model is as it
    was before.
    """
    if training is not None and options:
        raise PysimError("give prepare_ a Training, or its options by name, not both")
    config = training or Training(**options)
    found = list(products(model))
    missing = [product.name for product in found if not product.quantizer.calibrated]
    if missing:
        raise UncalibratedError(f"{', '.join(missing)} not calibrated; call calibrate_(model, batches) before prepare_")
    if config.needs_batches and batches is None:
        what = "forward = 'error-model'" if config.forward == "error-model" else f"gradient = {config.gradient!r}"
        raise PysimError(f"{what} is fitted to a layer's operands; give prepare_ batches of model inputs")
    made = [Form(product, config) for product in found]
    with _all_or_nothing(model):
        for product, form in zip(found, made, strict=True):
            product.form = form.train(product.training)
        for layer in converted(model):
            layer.truncate = config.truncate
        if config.needs_batches and batches is not None:
            for product, statistics in record(model, batches).items():
                form_of(product).fit(statistics)


@contextmanager
def _all_or_nothing(model: nn.Module) -> Iterator[None]:
    """Multipliers and training as they were, should anything be raised inside."""
    layers = [(layer, layer.truncate) for layer in converted(model)]
    kept = [(product, product.operands, product.form) for layer, _ in layers for product in layer.products()]
    try:
        yield
    except BaseException:
        for layer, truncate in layers:
            layer.truncate = truncate
        for product, used, form in kept:
            product.form = form
            if product.operands is not used:
                product.retarget(used)
        raise


def finish_(model: nn.Module) -> None:
    """Take training out of a model again, in place: ranges stay as they are now, and the model evaluates as it did."""
    for product in products(model):
        if product.form is not None:
            product.form.ranges.before(product.quantizer.scale.new_empty(0), product.quantizer)
        product.form = None
    for layer in converted(model):
        layer.truncate = None


def set_forward_(model: nn.Module, forward: Forward) -> None:
    """Switch the forward pass of a prepared model, as from the error model to the simulation for the last epochs.

    Raises PysimError for an error model that was not fitted: prepare with it, then switch.
    """
    forms = [(product, form_of(product)) for product in products(model)]
    for product, form in forms:
        if forward == "error-model" and form.config.forward != "error-model" and form.model.exact:
            raise PysimError(f"{product.name}: its error model was not fitted; call prepare_ with forward='error-model' first")
    for _, form in forms:
        form.choose(replace(form.config, forward=forward))


def switch_(model: nn.Module, multiplier: str | Multiplier, *, batches: Any = None) -> None:
    """Put a calibrated model on another multiplier in place, with ranges as they are: a step of progressive approximation.

    The multiplier has to take the same codes. A prepared model stays prepared; `batches` as for `prepare_`.
    Raises PysimError for a multiplier that does not fit; whatever is raised, the model is as it was before.
    """
    wanted = []
    for product in products(model):
        old = product.operands
        scheme = "affine" if old.activation.affine else "symmetric"
        new = operands(multiplier, replace(old.quantization, activation=scheme))  # type: ignore[arg-type]
        if (new.activation, new.weight) != (old.activation, old.weight):
            taken, had = (f"{part.activation.low} to {part.activation.high}" for part in (new, old))
            raise PysimError(f"{product.name}: {new.multiplier.label} takes activation codes {taken}, and the model has {had}")
        wanted.append((product, new))
    with _all_or_nothing(model):
        for product, new in wanted:
            product.retarget(new)
        config = next((product.form.config for product, _ in wanted if product.form is not None), None)
        if config is None:
            return
        kept = [(product, form_of(product).ranges) for product, _ in wanted]
        prepare_(model, config, batches=batches)
        for product, ranges in kept:
            form_of(product).ranges = ranges  # the optimizer knows learned scales by their identity


def record(model: nn.Module, batches: Any) -> dict[ApproximateProduct, Statistics]:
    """Run batches in eval mode through a prepared model, and record each product's operands and results."""
    found = {product: Statistics(product.operands, product.name) for product in products(model)}
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        for product, statistics in found.items():
            form_of(product).record = statistics
        with torch.no_grad():
            run(model, batches)
    finally:
        for product in found:
            form_of(product).record = None
        for module, mode in modes.items():
            module.training = mode
    for statistics in found.values():
        statistics.check()
    return found


def form_of(product: ApproximateProduct) -> Form:
    """The form of a product in training; raises PysimError if there is none."""
    if not isinstance(product.form, Form):
        raise PysimError(f"{product.name}: the model is not in training; call prepare_ first")
    return product.form


__all__ = ["ApproximateLayer", "finish_", "form_of", "prepare_", "products", "record", "set_forward_", "switch_"]
