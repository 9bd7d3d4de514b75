"""Labels of case statements: bits, some of which may be anything in casez and casex."""

from __future__ import annotations

from typing import Any

from ._expressions import Expressions, resized
from ._refusal import Refusal

ANY = -2
"""A bit that is not looked at."""

Pattern = list[int]
"""Signals, lowest first, and `ANY`."""


def pattern(label: Any, wild: str, expressions: Expressions) -> Pattern:
    """The bits of a label, in which those of `wild`, "z" or "xz", match anything; raises Refusal for other x and z bits."""
    kind = label.kind.name
    if kind == "Conversion":
        return resized(pattern(label.operand, wild, expressions), int(label.type.bitWidth), label.operand.type.isSigned)
    if kind == "Concatenation":
        return [bit for operand in reversed(list(label.operands)) for bit in pattern(operand, wild, expressions)]
    value = label.value if kind == "IntegerLiteral" else None
    if kind == "NamedValue" and label.symbol.kind.name == "Parameter":
        value = label.symbol.value.value
    if value is None or not wild:
        return expressions.word(label)
    return [_bit(str(value[place]), wild, label) for place in range(int(value.bitWidth))]


def _bit(text: str, wild: str, label: Any) -> int:
    if text in "01":
        return int(text)
    if text not in wild:
        raise Refusal("a label with x bits, which casez compares", label)
    return ANY
