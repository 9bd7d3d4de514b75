"""Which multiplier a program's products meet, with which codes, in which accumulator."""

from __future__ import annotations

from dataclasses import dataclass

from multipliers import MultiplierError, get
from pysim import Accumulator, Operands, Quantization, operands
from pysim._cores import _digest

from .._errors import ProgramError


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """A multiplier with the code ranges of its two operands (`Operands`), and the accumulator of its sums.

    `products` is a hash of the products of all codes (of a sample, for codes of more than 8 bits): a label may say anything.
    """

    operands: Operands

    @property
    def label(self) -> str:
        """The multiplier's label, with the signs that the codes need."""
        return self.operands.multiplier.label

    @property
    def products(self) -> str:
        """SHA-256, 32 digits of it, of the multiplier's products."""
        return _digest(self.operands)

    @property
    def accumulator(self) -> Accumulator:
        """What products are summed in; constants are added behind it, in 32 bits that wrap around."""
        return self.operands.quantization.accumulator or Accumulator()

    def describe(self) -> dict[str, int | str]:
        """All of it as plain numbers and text, from which `rebuild` makes it again."""
        quantization = self.operands.quantization
        return {
            "multiplier": self.label,
            "products": self.products,
            "activation": "affine" if self.operands.activation.affine else "symmetric",
            "activation_bits": quantization.activation_bits,
            "weight_bits": quantization.weight_bits,
            "accumulator_bits": self.accumulator.bits,
            "overflow": self.accumulator.overflow,
        }


def rebuild(said: dict[str, int | str]) -> Arithmetic:
    """The arithmetic of that description; raises ProgramError if its multiplier is unknown, or is another one by now."""
    label = str(said["multiplier"])
    try:
        multiplier = get(label)
    except MultiplierError:
        raise ProgramError(f"this program multiplies by {label!r}, which is not registered (multipliers.register)") from None
    accumulator = Accumulator(int(said["accumulator_bits"]), said["overflow"])  # type: ignore[arg-type]
    quantization = Quantization(
        int(said["activation_bits"]),
        int(said["weight_bits"]),
        said["activation"],  # type: ignore[arg-type]
        accumulator=None if accumulator == Accumulator() else accumulator,
    )
    found = Arithmetic(operands(multiplier, quantization))
    if found.products != said["products"]:
        raise ProgramError(f"this program was made with another {label!r} than is registered; lower the network anew")
    return found
