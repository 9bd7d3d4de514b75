"""A program as text: what it multiplies by, then a line for each operation with the value that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._operations import AveragePool, MaxPool, Operation, Product, Recurrent, Rescale, Select, Transpose, sources
from ._values import Value

if TYPE_CHECKING:
    from ._program import Program


def text(program: Program) -> str:
    """The listing of a program."""
    arithmetic = program.arithmetic
    a, b, accumulator = arithmetic.operands.activation, arithmetic.operands.weight, arithmetic.accumulator
    lines = [
        f"{program.name}: products by {arithmetic.label} of {a.low}..{a.high} with {b.low}..{b.high}, "
        f"summed in {accumulator.bits} bits ({accumulator.overflow})",
        f"  input  {_value(program.values[program.input])}",
    ]
    for operation in program.operations:
        read = ", ".join(sources(operation))
        written = _value(program.values[operation.target])
        lines.append(f"  {type(operation).__name__.lower():<11} {_what(operation)}({read}) -> {written}")
    return "\n".join([*lines, f"  output {', '.join(program.outputs)}"])


def _value(value: Value) -> str:
    shape = "x".join(map(str, value.shape)) or "1"
    kind = "int" if value.signed else "uint"
    return f"{value.name}: {shape} {kind}{value.bits}, scale {value.scale:.6g}, zero {value.zero_point}"


def _what(operation: Operation) -> str:
    """What is special about an operation, in brackets."""
    if isinstance(operation, Product):
        said = [*_weight(operation), f"clamp {operation.low}..{operation.high}"]
    elif isinstance(operation, Recurrent):
        way = ", backwards" if operation.reverse else ""
        said = [f"{operation.cell}, hidden {_size(operation.matrix.weight.shape[:2])}, gates Q.{operation.gate_fraction}{way}"]
    elif isinstance(operation, Rescale):
        said = [f"{'+'.join(map(str, operation.multipliers))} >> {operation.shift}, clamp {operation.low}..{operation.high}"]
    elif isinstance(operation, AveragePool):
        said = [f"{_size(operation.kernel)}, * {operation.multiplier} >> {operation.shift}"]
    elif isinstance(operation, MaxPool):
        said = [f"{_size(operation.kernel)}, stride {_size(operation.stride)}"]
    elif isinstance(operation, Select):
        said = [f"axis {operation.axis}, index {operation.index}"]
    elif isinstance(operation, Transpose):
        said = [f"axes {operation.axes}"]
    else:
        return ""
    return f"[{', '.join(said)}] "


def _weight(operation: Product) -> list[str]:
    shape, window = operation.matrix.weight.shape, operation.window
    if operation.layout == "rows":
        return [f"{_size(shape[:2])}"]
    said = [f"{_size(shape)}", f"stride {_size(window.stride)}"]
    return [*said, f"groups {window.groups}"] if window.groups > 1 else said


def _size(numbers: tuple[int, ...]) -> str:
    return "x".join(map(str, numbers))
