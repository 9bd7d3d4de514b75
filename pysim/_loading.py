"""Loading a state into converted layers: only what belongs there, with ranges and corrections as the model has them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from ._approximate import ApproximateProduct
from ._correction import Correction
from ._errors import StateError
from ._quantization import CodeRange
from ._quantizer import ActivationQuantizer, learned_scale
from ._state import EXTRA, belonging, encoded, foreign

State = dict[str, Any]


def belongings(model: nn.Module) -> dict[str, Any]:
    """What each product of a model belongs to, by its name in a state: for the metadata of a file."""
    return {prefix.removesuffix("."): belonging(product) for product, prefix in _products(model)}


def check(module: nn.Module, state: State, prefix: str, *_: Any) -> None:
    """Raise StateError if the state of a product in a module belongs elsewhere. It has the form of torch's load hooks."""
    for product, name in _products(module):
        foreign(product, state, prefix + name)


def fit(product: ApproximateProduct, state: State, at: str, outputs: int) -> None:
    """Check the part of a state under `at`, and make it fit what the product has of training; raises StateError.

    The state of a model in training has the range that `finish_` would leave; that of another one starts ranges in training
    as `prepare_` does. A correction comes and goes with the state that has one.
    """
    elsewhere = foreign(product, state, at)
    given = [state.get(f"{at}quantizer.{name}") for name in ("scale", "zero_point")]
    numbers = [number for number in given if isinstance(number, Tensor) and number.numel() == 1]
    if len(numbers) < len(given):
        return  # torch says what is missing or of another shape
    state[at + EXTRA] = encoded(belonging(product))
    if not any(number.is_meta for number in numbers):
        _ranges(product, state, at, elsewhere)
    if not any(name.startswith(f"{at}correction.") for name in state):
        product.correction = None
    elif product.correction is None:
        product.correction = Correction(outputs).to(product.quantizer.scale.device)


def _products(module: nn.Module) -> Iterator[tuple[ApproximateProduct, str]]:
    """Products with the prefixes of their keys in a state."""
    for name, product in module.named_modules():
        if isinstance(product, ApproximateProduct):
            yield product, f"{name}."


def _ranges(product: ApproximateProduct, state: State, at: str, elsewhere: dict[str, Any] | None) -> None:
    mine = product.operands.activation
    trained = {name: state.pop(f"{at}form.ranges.{name}", None) for name in ("first", "log_scale", "ends")}
    scale, zero_point = state[f"{at}quantizer.scale"], state[f"{at}quantizer.zero_point"]
    if trained["first"] is not None and trained["log_scale"] is not None:
        scale = learned_scale(*(trained[name].detach().to(product.quantizer.scale.device) for name in ("first", "log_scale")))
    codes = mine
    if elsewhere is not None:
        low, high = elsewhere["activation"]
        codes = CodeRange(low, high, elsewhere["zero_point"] == "affine")
    _sound(product.name, scale, zero_point, codes)
    if codes != mine:
        if product.form is not None:
            raise StateError(f"{product.name}: a model in training takes no ranges of other codes; load first, then prepare_")
        scale, zero_point = _recoded(scale, zero_point, codes, mine)
    state[f"{at}quantizer.scale"], state[f"{at}quantizer.zero_point"] = scale, zero_point
    if product.form is not None:
        begun = product.form.ranges.begun(mine, float(scale), int(zero_point))
        known = all(trained[name] is not None for name in begun)
        state.update({f"{at}form.ranges.{name}": trained[name] if known else begun[name] for name in begun})


def _sound(name: str, scale: Tensor, zero_point: Tensor, codes: CodeRange) -> None:
    """Raise StateError for numbers that no calibration gives; a scale of NaN is that of a layer before its calibration."""
    step, zero = scale.item(), zero_point.item()
    if not math.isnan(step) and not (0 < step < math.inf and zero in (codes.codes if codes.affine else (0,))):
        raise StateError(f"{name}: scale {step} and zero point {zero} are no range of codes {codes.low} to {codes.high}")


def _recoded(scale: Tensor, zero_point: Tensor, codes: CodeRange, mine: CodeRange) -> tuple[Tensor, Tensor]:
    """Scale and zero point of the same real range in other codes."""
    quantizer, step, zero = ActivationQuantizer(mine), scale.item(), int(zero_point)
    if not math.isnan(step):
        quantizer.calibrate((codes.low - zero) * step, (codes.high - zero) * step)
    return quantizer.scale, quantizer.zero_point
