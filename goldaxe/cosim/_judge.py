"""Accumulators of pysim's own layers: made from the network's float weights, not from the lowered program's."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from accelerator import Program
from accelerator.program import Product, Recurrent
from pysim.kernels import Window
from pysim.layers import Geometry


def pysim_sums(model: nn.Module, program: Program, operation: Product | Recurrent, values: dict[str, Tensor]) -> Tensor:
    """Sums before bias of one operation as the network's layer computes them from the operation's input codes in `values`, in
    the shape of its `.acc`, int64. `constants` turns accumulators into such sums."""
    layer, kind = _layer(model, operation)
    if isinstance(operation, Recurrent):
        codes, zero = values[f"{operation.name}.hidden"], operation.hidden_zero_point
        weight, bias = getattr(layer, f"weight_{kind}"), getattr(layer, f"bias_{kind}", None)
    else:
        codes, zero = values[operation.source], program.values[operation.source].zero_point
        weight = getattr(layer, "weight" if kind == "weight" else f"weight_{kind}")
        bias = getattr(layer, "bias" if kind == "weight" else f"bias_{kind}", None)
    product = layer.product(kind)
    image = isinstance(operation, Product) and operation.layout == "image"
    x = (codes - zero).float() * product.quantizer.scale
    shape = values[f"{operation.name}.acc"].shape
    if image:
        found = product.accumulators(x, weight, bias, Geometry.of(layer).window)
    else:
        rows = x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)
        found = product.accumulators(rows, weight, bias, Window()).permute(0, 2, 3, 1)
    sums = found.long().reshape(shape)
    return _wrapped(sums - _along(product.core.latest.constant.long(), sums, 1 if image else -1))


def sums_of(operation: Product | Recurrent, acc: Tensor) -> Tensor:
    """Sums before bias, int64, of an operation's accumulators."""
    image = isinstance(operation, Product) and operation.layout == "image"
    return _wrapped(acc.long() - _along(torch.from_numpy(operation.matrix.constant).long(), acc, 1 if image else -1))


def _layer(model: nn.Module, operation: Product | Recurrent) -> tuple[Any, str]:
    """The layer of an operation, and the name of its product there."""
    name, _, last = operation.name.rpartition(".")
    for part, kind in (("gates_", "ih_"), ("hidden_", "hh_")):
        if last.startswith(part):
            return model.get_submodule(name), kind + last.removeprefix(part)
    return model.get_submodule(operation.name.removesuffix(".product")), "weight"


def _along(constant: Tensor, sums: Tensor, axis: int) -> Tensor:
    shape = [1] * sums.dim()
    shape[axis] = -1
    return constant.reshape(shape)


def _wrapped(sums: Tensor) -> Tensor:
    return ((sums + (1 << 31)) & 0xFFFF_FFFF) - (1 << 31)
