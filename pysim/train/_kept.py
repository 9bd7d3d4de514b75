"""What a model in training keeps beside its state_dict: fits, and ranges that have yet to move. A checkpoint has it too."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ._error_model import ErrorModel, Lines
from ._form import Form
from ._prepare import form_of, products
from ._ranges import Running
from .gradients import Estimate

_LINE = ("slope", "offset", "low", "high")
_LINES = ("alpha", "beta", "variance")


def kept(model: nn.Module) -> dict[str, Tensor]:
    """By product and name; all processes have to call it.

    Fits are of the weights that a run had then, so that they cannot be made again from later ones.
    """
    found: dict[str, Tensor] = {}
    for index, form in enumerate(_forms(model)):
        if isinstance(form.ranges, Running) and (pending := form.ranges.pending) is not None:
            found[f"form/{index}/pending"] = pending
        if isinstance(form.gradient, Estimate) and form.gradient.slope is not None:
            line = [getattr(form.gradient, name) for name in _LINE]
            found[f"form/{index}/estimate"] = torch.tensor(line, dtype=torch.float64, device="cpu")
        if form.model.lines is not None:
            found |= {f"form/{index}/{name}": getattr(form.model.lines, name) for name in _LINES}
    return found


def restore(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    """The reverse, for a model that was prepared alike."""
    for index, (form, product) in enumerate(zip(_forms(model), products(model), strict=True)):
        mine = {key.rsplit("/", 1)[1]: part for key, part in tensors.items() if key.startswith(f"form/{index}/")}
        if isinstance(form.ranges, Running):
            form.ranges.pending = mine.get("pending")
        if isinstance(form.gradient, Estimate) and "estimate" in mine:
            for name, value in zip(_LINE, mine["estimate"].tolist(), strict=True):
                setattr(form.gradient, name, value)
        if "alpha" in mine:
            form.refit(ErrorModel(product.operands, Lines(*(mine[name] for name in _LINES))))


def _forms(model: nn.Module) -> list[Form]:
    return [form_of(product) for product in products(model)]
