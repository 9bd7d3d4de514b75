"""What the state of a converted model belongs to: each product says it in every state_dict, and loading compares.

Scales, zero points and retrained weights mean something on one multiplier, with one set of codes and one accumulator alone,
although they fit any other in shape. What is said is JSON in a uint8 tensor, torch's extra state, so that it travels through
`torch.save`, `weights_only=True`, safetensors and distributed checkpoints alike; and nothing in it is executed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ._errors import StateError

if TYPE_CHECKING:
    from ._approximate import ApproximateProduct

EXTRA = "_extra_state"
"""torch's key of extra state."""

_FIELDS = {"multiplier": str, "products": str, "activation": list, "zero_point": str, "weight": list, "accumulator": list}
"""What is said of a product: `products` is a hash of them, `activation` and `weight` are lowest and highest code."""

_LARGEST = 1 << 16
"""Bytes of what is said; more is no state of ours."""

_FOREIGN: ContextVar[bool] = ContextVar("foreign", default=False)


@contextmanager
def foreign_state() -> Iterator[None]:
    """Load a state on purpose that belongs to another multiplier, accumulator or code range, or that says not to which.

    Inside, `load_state_dict` takes weights and activation ranges as they are: scales and zero points of other codes are made
    anew for the same real range. What belongs nowhere else is refused still: a control variate of another multiplier, and
    other codes in a model in training.
    """
    token = _FOREIGN.set(True)
    try:
        yield
    finally:
        _FOREIGN.reset(token)


def belonging(product: ApproximateProduct) -> dict[str, Any]:
    """What the state of a product belongs to, as plain values."""
    operands, said = product.operands, json.loads(product.description)
    return {
        "multiplier": said["multiplier"],
        "products": said["products"],
        "activation": [operands.activation.low, operands.activation.high],
        "zero_point": "affine" if operands.activation.affine else "none",
        "weight": [operands.weight.low, operands.weight.high],
        "accumulator": said["accumulator"] or [32, "wrap"],
    }


def encoded(said: dict[str, Any]) -> Tensor:
    """Plain values as uint8 (bytes,)."""
    return torch.frombuffer(bytearray(json.dumps(said).encode()), dtype=torch.uint8)


def foreign(product: ApproximateProduct, state: Mapping[str, Any], at: str) -> dict[str, Any] | None:
    """What a state belongs to, if that is something else and it is to be loaded all the same; raises StateError if not."""
    if at + EXTRA not in state:
        if f"{at}quantizer.scale" in state and not _FOREIGN.get():
            raise StateError(
                f"{product.name}: this state says not which multiplier and codes it belongs to, as of an earlier version; "
                "if it is of this conversion, load it inside `with pysim.foreign_state():`"
            )
        return None
    said, mine = _decoded(state[at + EXTRA], product.name), belonging(product)
    different = _different(said, mine)
    if not different:
        return None
    if not _FOREIGN.get():
        raise StateError(
            f"{product.name}: this state belongs to {'; '.join(different)}. Convert the model alike, or, to load it here on "
            "purpose, do so inside `with pysim.foreign_state():`"
        )
    if said["products"] != mine["products"] and any(name.startswith(f"{at}correction.") for name in state):
        raise StateError(f"{product.name}: this state has a control variate of {said['multiplier']!r}, which fits no other")
    return said


def _different(said: dict[str, Any], mine: dict[str, Any]) -> list[str]:
    """Each thing that a state and a model do not share, with both values; equal products may have two names."""
    same_codes = all(said[name] == mine[name] for name in ("activation", "zero_point", "weight"))
    found = []
    if said["multiplier"] != mine["multiplier"] and not (same_codes and said["products"] == mine["products"]):
        found.append(f"multiplier {said['multiplier']!r}, and the model has {mine['multiplier']!r}")
    elif same_codes and said["products"] != mine["products"]:
        found.append(
            f"another multiplier called {said['multiplier']!r} (products {said['products']!r}, and the model's are "
            f"{mine['products']!r})"
        )
    for name in ("activation", "weight"):
        if said[name] != mine[name]:
            found.append(f"{name} codes {_spoken(said[name])}, and the model has {_spoken(mine[name])}")
    if said["zero_point"] != mine["zero_point"]:
        found.append(f"zero point {said['zero_point']!r}, and the model has {mine['zero_point']!r}")
    if said["accumulator"] != mine["accumulator"]:
        had, has = (f"{bits} bits that {overflow}" for bits, overflow in (said["accumulator"], mine["accumulator"]))
        found.append(f"an accumulator of {had}, and the model has {has}")
    return found


def _spoken(ends: list[int]) -> str:
    return f"{ends[0]} to {ends[1]}"


def _decoded(extra: Any, name: str) -> dict[str, Any]:
    """What an extra state says; raises StateError if that is not of ours."""
    try:
        if extra.dtype != torch.uint8 or extra.dim() != 1 or len(extra) > _LARGEST:
            raise ValueError
        said = json.loads(bytes(extra.tolist()))
        if any(type(said[field]) is not kind for field, kind in _FIELDS.items()):
            raise ValueError
        ends = [*said["activation"], *said["weight"]]
        bits, overflow = said["accumulator"]
        if len(ends) != 4 or any(type(number) is not int for number in (*ends, bits)) or type(overflow) is not str:
            raise ValueError
        if not said["activation"][0] < said["activation"][1]:
            raise ValueError
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise StateError(f"{name}: what this state says of its multiplier and codes cannot be read") from None
    return {field: said[field] for field in _FIELDS}
