"""One concrete multiplier: two operand ports, a product port, and the golden function between them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ._bits import Operand, checked
from ._errors import MultiplierError
from ._family import Family

if TYPE_CHECKING:
    from ._rtl import Rtl

Factors = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Operands a (A,) and b (B,) -> int64 factors (P, A) and (P, B): a[i] times b[j] is sum(left[:, i] * right[:, j])."""

TABLE_BITS = 20
"""Operand bits, both together, up to which a truth table is built (2**20 products)."""


@dataclass(frozen=True, eq=False)
class Multiplier:
    """A multiplier with fixed widths, signs and parameters. Port `a` is the activation, `b` the weight, `p` the product.

    Call it on integers or integer arrays: `multiplier(a, b)` broadcasts and returns int64 products. `family` and
    `parameters` say which RTL it is paired with; a user's own function has no family. `factors` are a closed form of the
    products, if there is one, which networks of more than 8 bits are fast by; a claim, which the function judges.
    `verilog` is the circuit of an imported multiplier, which has no family either. `corners` are operands that samples are
    to have besides the corners of every port.
    """

    label: str
    a: Operand
    b: Operand
    p: Operand
    function: Callable[[np.ndarray, np.ndarray], np.ndarray]
    family: Family | None = None
    parameters: Mapping[str, int] = field(default_factory=dict)
    source_hash: str = ""
    factors: Factors | None = None
    verilog: Rtl | None = None
    corners: tuple[int, ...] = ()

    def __call__(self, a: object, b: object) -> np.ndarray:
        """Products of integers that fit the ports; raises OperandError otherwise."""
        a_values, b_values = np.broadcast_arrays(checked(a, self.a, "a"), checked(b, self.b, "b"))
        return np.asarray(self.function(a_values, b_values), dtype=np.int64)

    @property
    def tabulated(self) -> bool:
        """Whether the operands are narrow enough for a truth table."""
        return self.a.width + self.b.width <= TABLE_BITS

    @cached_property
    def table(self) -> np.ndarray:
        """The truth table `T[a, b]`, int32 of shape (2**a.width, 2**b.width), indexed by the operands' bit patterns.

        Read-only. Raises MultiplierError for operands too wide to tabulate.
        """
        if not self.tabulated:
            raise MultiplierError(
                f"{self.label}: no table for {self.a.width} x {self.b.width} bits; at most {TABLE_BITS} bits together"
            )
        products = self(self.a.values()[:, None], self.b.values()[None, :])
        if products.min() < self.p.low or products.max() > self.p.high:
            raise MultiplierError(f"{self.label}: its products do not fit its {self.p.width}-bit product port")
        table = products.astype(np.int32)
        table.setflags(write=False)
        return table

    @cached_property
    def digest(self) -> str:
        """What this multiplier is, whatever its name: a SHA-256 of its ports and table, or of its source where it has none."""
        ports = f"{self.a}{self.b}{self.p}"
        if self.tabulated:
            return hashlib.sha256(ports.encode() + self.table.tobytes()).hexdigest()
        return hashlib.sha256(f"{ports}{sorted(self.parameters.items())}{self.source_hash}".encode()).hexdigest()

    def __deepcopy__(self, memo: object) -> Multiplier:
        return self  # it never changes, and copying a network should not copy tables

    def __repr__(self) -> str:
        return f"Multiplier({self.label})"
