"""Verilog expressions, as pyslang has resolved their widths and signs, turned into gates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._gates import ONE, ZERO, Gates
from ._refusal import Refusal
from ._selections import Word, bits_of, bounds_of, computed, element, part

WIDEST = 4096
"""Bits that a value may have."""


class Expressions:
    """Turns expressions into words; `read(symbol, bits, node)` gives bits of a net or variable, `call(node, expressions)` the
    word of a function's call."""

    def __init__(self, gates: Gates, read: Callable[[Any, range, Any], Word], call: Callable[[Any, Expressions], Word]) -> None:
        self.gates, self.read, self.call = gates, read, call

    def word(self, node: Any) -> Word:
        """The bits of an expression, lowest first."""
        if not 0 < bits_of(node.type) <= WIDEST:
            raise Refusal(f"a value of type {str(node.type)[:40]}", node)
        kind = node.kind.name
        method = getattr(self, f"_{kind}", None)
        if method is None:
            raise Refusal(f"an expression of the kind {kind}", node)
        bits: Word = method(node)
        return bits

    def number(self, node: Any) -> int | None:
        """The value of an expression that is constant, or None."""
        return value_of(self.word(node), node.type.isSigned)

    def constant(self, node: Any, what: str) -> int:
        value = self.number(node)
        if value is None:
            raise Refusal(f"{what} that is not constant", node)
        return value

    def _NamedValue(self, node: Any) -> Word:  # noqa: N802, the kinds' own names
        symbol = node.symbol
        if symbol.kind.name in ("Parameter", "EnumValue", "Genvar"):
            return literal(symbol.value.value, node)
        return self.read(symbol, range(bits_of(node.type)), node)

    _HierarchicalValue = _NamedValue

    def _IntegerLiteral(self, node: Any) -> Word:  # noqa: N802
        return literal(node.value, node)

    _UnbasedUnsizedIntegerLiteral = _IntegerLiteral

    def _MinTypMax(self, node: Any) -> Word:  # noqa: N802
        return self.word(node.selected)

    def _Conversion(self, node: Any) -> Word:  # noqa: N802
        word = self.word(node.operand)
        propagated = node.conversionKind.name == "Propagated"
        signed = node.type.isSigned if propagated else node.operand.type.isSigned
        return resized(word, node.type.bitWidth, signed)

    def _Concatenation(self, node: Any) -> Word:  # noqa: N802
        return [bit for operand in reversed(list(node.operands)) for bit in self.word(operand)]

    def _Replication(self, node: Any) -> Word:  # noqa: N802
        return self.word(node.concat) * self.constant(node.count, "a replication count")

    def _ConditionalOp(self, node: Any) -> Word:  # noqa: N802
        select = self.condition(node.conditions)
        if select in (ZERO, ONE):
            return self.word(node.left if select == ONE else node.right)
        pairs = zip(self.word(node.left), self.word(node.right), strict=True)
        return [self.gates.mux(select, yes, no) for yes, no in pairs]

    def condition(self, conditions: Any) -> int:
        """One signal: whether all of the conditions hold."""
        for condition in conditions:
            if condition.pattern is not None:
                raise Refusal("a pattern", condition.expr)
        return self.gates.all([self.gates.any(self.word(condition.expr)) for condition in conditions])

    def _ElementSelect(self, node: Any) -> Word:  # noqa: N802
        width = bits_of(node.type)
        index = self.number(node.selector)
        if index is not None:
            return self._slice(node.value, element(bounds_of(node.value), index, node) * width, width, node)
        return self._computed(node, node.selector, 1)

    def _RangeSelect(self, node: Any) -> Word:  # noqa: N802
        left = self.number(node.left)
        if left is None and node.selectionKind.name != "Simple":
            return self._computed(node, node.left, self.constant(node.right, "a number of bits"))
        low, width = self.part(node)
        return self._slice(node.value, low, width, node)

    def _computed(self, node: Any, selector: Any, count: int) -> Word:
        """Elements at an index that depends on the operands; outside of the range there are zeros."""
        word, select, width = self.word(node.value), self.word(selector), bits_of(node.type)
        each, chosen = width // count, [ZERO] * width
        for match, position in computed(node, select, selector.type.isSigned, self.gates, count):
            for place in range(width):
                at = position * each + place
                if 0 <= at < len(word):
                    chosen[place] = self.gates.or_(chosen[place], self.gates.and_(match, word[at]))
        return chosen

    def part(self, node: Any) -> tuple[int, int]:
        """Position of the lowest bit that a constant range selects, and how many there are."""
        left, right = self.constant(node.left, "a bit range"), self.constant(node.right, "a bit range")
        first, count = part(node, left, right)
        width = bits_of(node.type)
        return first * (width // count), width

    def _slice(self, value: Any, low: int, width: int, node: Any) -> Word:
        if value.kind.name in ("NamedValue", "HierarchicalValue") and value.symbol.kind.name in ("Net", "Variable"):
            return self.read(value.symbol, range(low, low + width), node)
        return self.word(value)[low : low + width]

    def _Call(self, node: Any) -> Word:  # noqa: N802
        if not node.isSystemCall:
            return self.call(node, self)
        if node.subroutineName in ("$signed", "$unsigned"):
            return self.word(node.arguments[0])
        raise Refusal(f"a call of {node.subroutineName}", node)

    def _UnaryOp(self, node: Any) -> Word:  # noqa: N802
        gates, word, name = self.gates, self.word(node.operand), node.op.name
        if name == "Plus":
            return word
        if name == "Minus":
            return gates.subtract([ZERO] * len(word), word)[0]
        if name == "BitwiseNot":
            return [gates.not_(bit) for bit in word]
        reduced = {"And": gates.all, "Nand": gates.all, "Or": gates.any, "Nor": gates.any, "LogicalNot": gates.any}
        reduced |= {"Xor": gates.parity, "Xnor": gates.parity}
        plain = name.removeprefix("Bitwise")
        if plain not in reduced:
            raise Refusal(f"the operator {name}", node)
        bit = reduced[plain](word)
        return [gates.not_(bit) if plain in ("Nand", "Nor", "Xnor", "LogicalNot") else bit]

    def _BinaryOp(self, node: Any) -> Word:  # noqa: N802
        x, y, name = self.word(node.left), self.word(node.right), node.op.name
        signed = node.left.type.isSigned and node.right.type.isSigned
        word = self.binary(name, x, y, signed, node.left.type.isSigned)
        if word is not None:
            return word
        values = value_of(x, signed), value_of(y, signed)
        word = _folded(name, *values, len(x))
        if word is None and name in ("Divide", "Mod") and values[1]:
            word = self._divided(name, x, values[1], signed)
        if word is None:
            raise Refusal(f"the operator {name} on operands that are not constant", node)
        return word

    def _divided(self, name: str, x: Word, divisor: int, signed: bool) -> Word:
        """Quotient, towards zero, or remainder, with x's sign, by a constant."""
        gates, negative = self.gates, x[-1] if signed else ZERO
        quotient, rest = gates.divide(gates.negate(x, negative), abs(divisor))
        if name == "Mod":
            return gates.negate(rest, negative)
        return gates.negate(quotient, gates.not_(negative) if divisor < 0 else negative)

    def binary(self, name: str, x: Word, y: Word, signed: bool, left_signed: bool) -> Word | None:
        """The word of an operator, or None for one that gates are not built for."""
        gates = self.gates
        if name in ("BinaryAnd", "BinaryOr", "BinaryXor", "BinaryXnor"):
            of = {"A": gates.and_, "O": gates.or_, "X": gates.xor}[name[6]]
            word = [of(first, second) for first, second in zip(x, y, strict=True)]
            return [gates.not_(bit) for bit in word] if name == "BinaryXnor" else word
        if name == "Add":
            return gates.add(x, y)[0]
        if name == "Subtract":
            return gates.subtract(x, y)[0]
        if name == "Multiply":
            return gates.multiply(x, y)
        if name.endswith(("ShiftLeft", "ShiftRight")):
            arithmetic = name == "ArithmeticShiftRight" and left_signed
            return gates.shift(x, y, name.endswith("Left"), x[-1] if arithmetic else ZERO)
        if name in ("LogicalAnd", "LogicalOr"):
            of = gates.and_ if name == "LogicalAnd" else gates.or_
            return [of(gates.any(x), gates.any(y))]
        if name in ("Equality", "CaseEquality", "Inequality", "CaseInequality"):
            same = self._equal(x, y)
            return [same if name.endswith("Equality") else gates.not_(same)]
        if name in ("GreaterThanEqual", "LessThan", "GreaterThan", "LessThanEqual"):
            if signed:  # with the sign bits inverted, two's complement is in unsigned order
                x, y = [*x[:-1], gates.not_(x[-1])], [*y[:-1], gates.not_(y[-1])]
            at_least = gates.subtract(x, y)[1] if name in ("GreaterThanEqual", "LessThan") else gates.subtract(y, x)[1]
            return [at_least if name.endswith("Equal") else gates.not_(at_least)]
        return None

    def _equal(self, x: Word, y: Word) -> int:
        return self.gates.not_(self.gates.any([self.gates.xor(*pair) for pair in zip(x, y, strict=True)]))


def _folded(name: str, x: int | None, y: int | None, width: int) -> Word | None:
    """Division, remainder and power, of constants alone."""
    if x is None or y is None or (y == 0 and name != "Power"):
        return None
    if name in ("Divide", "Mod"):
        quotient = abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
        value = quotient if name == "Divide" else x - quotient * y
    elif name == "Power" and 0 <= y <= WIDEST:
        value = pow(x, y, 1 << width)
    else:
        return None
    return [(value >> bit) & 1 for bit in range(width)]


def literal(value: Any, node: Any) -> Word:
    """The bits of a pyslang integer."""
    if not hasattr(value, "hasUnknown"):
        raise Refusal("a constant that is no vector of bits", node)
    if value.hasUnknown:
        raise Refusal("a constant with x or z bits", node)
    number, width = int(value), int(value.bitWidth)
    return [(number >> bit) & 1 for bit in range(width)]


def value_of(word: Word, signed: bool) -> int | None:
    """The integer of a word of constants, or None."""
    if any(bit not in (ZERO, ONE) for bit in word):
        return None
    value = sum(bit << place for place, bit in enumerate(word))
    return value - (1 << len(word)) if signed and word[-1] else value


def resized(word: Word, width: int, signed: bool) -> Word:
    """The word cut or extended to `width` bits."""
    return word[:width] + [word[-1] if signed else ZERO] * (width - len(word))
