"""The integer cores of this process by description: a line of text that says all that a core is, whatever its weights.

The operator carries the description, so a compiled or exported program holds no reference to a layer, and a process that
loads one builds the core again from the registry of multipliers.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from weakref import WeakValueDictionary

import numpy as np

from multipliers import MultiplierError, get

from ._errors import PysimError
from ._product import IntegerCore, code_table
from ._quantization import Operands, Quantization, operands
from .kernels import Accumulator

_CORES: WeakValueDictionary[str, IntegerCore] = WeakValueDictionary()
"""Cores of living layers."""

_SAMPLED = 1 << 16
"""Products of wide codes that are hashed."""

_REBUILT: dict[str, IntegerCore] = {}
"""Cores of programs whose layers are gone, or were in another process."""


def core_of(operands: Operands, name: str) -> IntegerCore:
    """The core of a layer's product, the same one for equal operands and names."""
    description = _describe(operands, name)
    core = _CORES.get(description)
    if core is None:
        core = _CORES[description] = IntegerCore(operands, name, description)
    return core


def find(description: str) -> IntegerCore:
    """The core of that description; raises PysimError if its multiplier is not, or no longer, what it was."""
    core = _CORES.get(description) or _REBUILT.get(description)
    if core is None:
        core = _REBUILT[description] = _rebuild(description)
    return core


def _describe(operands: Operands, name: str) -> str:
    multiplier, quantization = operands.multiplier, operands.quantization
    accumulator = quantization.accumulator
    said = {
        "layer": name,
        "multiplier": multiplier.label,
        "products": _digest(operands),
        "activation": "affine" if operands.activation.affine else "symmetric",
        "activation_bits": quantization.activation_bits,
        "weight_bits": quantization.weight_bits,
        "accumulator": None if accumulator is None else [accumulator.bits, accumulator.overflow],
    }
    return json.dumps(said)


@lru_cache(maxsize=16)
def _digest(operands: Operands) -> str:
    """A hash of products that a network can meet, of all of 8-bit codes: labels of users' own functions may say anything."""
    if operands.wide:
        rng = np.random.default_rng(0)
        a, b = (rng.choice(part.codes, _SAMPLED) for part in (operands.activation, operands.weight))
        return sha256(operands.multiplier(a, b).astype("<i8").tobytes()).hexdigest()[:32]
    return sha256(code_table(operands).astype("<i8").tobytes()).hexdigest()[:32]


def _rebuild(description: str) -> IntegerCore:
    said = json.loads(description)
    name, label = said["layer"], said["multiplier"]
    try:
        multiplier = get(label)
    except MultiplierError:
        raise PysimError(
            f"{name}: this program multiplies by {label!r}, which is not registered in this process; "
            "register its family before running the program (multipliers.register)"
        ) from None
    accumulator = None if said["accumulator"] is None else Accumulator(*said["accumulator"])
    quantization = Quantization(said["activation_bits"], said["weight_bits"], said["activation"], accumulator=accumulator)
    fitted = operands(multiplier, quantization)
    if _describe(fitted, name) != description:
        raise PysimError(
            f"{name}: this program was made with another {label!r} than is registered here; convert the model anew"
        )
    return IntegerCore(fitted, name, description)
