"""One verb: `approximate_` puts a network's products on an approximate multiplier, in place, as the underscore says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from multipliers import Multiplier

from ._calibrate import calibrate_
from ._errors import ConversionError
from ._layers_of import kind_of, multiplying, why_not
from ._loading import check
from ._quantization import Quantization, operands
from .layers import CONVERTIBLE, ApproximateLayer, Former, original_of, swap_, unswap_

Filter = Callable[[nn.Module, str], bool]


@dataclass(frozen=True)
class Conversion:
    """What was done: the multiplier as used, the converted layers, and the multiplying layers that the filter left in float."""

    multiplier: Multiplier
    converted: tuple[str, ...]
    left_in_float: tuple[str, ...]


def approximate_(
    model: nn.Module,
    multiplier: str | Multiplier,
    *,
    quantization: Quantization | None = None,
    calibration: Any = None,
    filter_fn: Filter | None = None,
) -> Conversion:
    """Convert every Conv1d/2d/3d, Linear, RNN, GRU and LSTM of `model`, subclasses included, in place.

    `filter_fn(module, name)` returns False for a layer that is to stay in float. `calibration`, data as `calibrate_` takes it
    (a tensor, a list of tensors, a DataLoader), is run at once if given; else call `calibrate_` later. A model that was
    converted before gets the new multiplier and is calibrated anew. Gradients are straight-through, those of the float layers.

    All or nothing: whatever is raised, Ctrl-C in the calibration included, leaves the model as it was. Raises ConversionError
    if a layer multiplies but cannot be converted, or if nothing is left to convert; UnknownMultiplierError or PysimError for a
    multiplier or quantisation that does not fit; what `calibrate_` raises. `unconvert_` is the way back.
    """
    fitted = operands(multiplier, quantization or Quantization())
    chosen, left, refused = [], [], []
    for name, module in multiplying(model):
        if filter_fn is not None and not filter_fn(module, name):
            left.append(name)
        elif reason := why_not(module):
            refused.append(f"{name or 'the model'} ({type(module).__name__}) {reason}")
        else:
            chosen.append((name, module))
    if refused:
        raise ConversionError("; ".join(refused) + ". Leave such layers in float with filter_fn, or replace them.")
    if not chosen:
        kinds = ", ".join(kind.__name__ for kind in CONVERTIBLE)
        raise ConversionError(f"the model has no layer to convert; convertible are {kinds} and their subclasses")
    formers = [Former.of(module) for _, module in chosen]
    try:
        for name, module in chosen:
            kind = kind_of(module)
            assert kind is not None
            swap_(module, CONVERTIBLE[kind], fitted, name or type(module).__name__)
        if calibration is not None:
            calibrate_(model, calibration)
    except BaseException:  # Ctrl-C too
        for former in formers:
            former.restore()
        raise
    if not _checks(model):
        model.register_load_state_dict_pre_hook(check)
    return Conversion(fitted.multiplier, tuple(name for name, _ in chosen), tuple(left))


def unconvert_(model: nn.Module) -> tuple[str, ...]:
    """Make every converted layer of `model` the float layer again that it was, in place, and return their names.

    Parameters, hooks and aliases are the same objects as ever; calibration, training and corrections go. A model without
    converted layers stays as it is. Raises ConversionError, and changes nothing, for a layer that something else, as FSDP,
    has wrapped since.
    """
    layers = [(name, module) for name, module in model.named_modules() if isinstance(module, ApproximateLayer)]
    for _, layer in layers:
        original_of(layer)
    for _, layer in layers:
        unswap_(layer)
    for module in model.modules():
        for key in _checks(module):
            del module._load_state_dict_pre_hooks[key]
    return tuple(name for name, _ in layers)


def _checks(module: nn.Module) -> list[int]:
    """Those of a module's load hooks that are conversion's: states are compared whole, before the first layer is loaded."""
    return [key for key, hook in module._load_state_dict_pre_hooks.items() if getattr(hook, "hook", None) is check]
