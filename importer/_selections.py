"""Where selections of bits, words and ranges lie in a signal that is flattened to bits, for constant and computed indices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._gates import ZERO, Gates
from ._refusal import Refusal

Word = list[int]


def bits_of(kind: Any) -> int:
    """Bits of a type: a vector's, or all elements' of an array of fixed size; 0 of any other."""
    if kind.isIntegral:
        return int(kind.bitWidth)
    if kind.kind.name == "FixedSizeUnpackedArrayType":
        return int(kind.fixedRange.width) * bits_of(kind.elementType)
    return 0


def key_of(symbol: Any) -> str:
    """What tells a net or variable from all others: its path, and its place in the text, since blocks may have no name."""
    place = symbol.location
    return f"{symbol.hierarchicalPath} {place.buffer.id}.{place.offset}"


def name_in(key: str) -> str:
    """The declared name of the net or variable of a key."""
    return key.rpartition(" ")[0].rpartition(".")[2]


def bounds_of(value: Any) -> Any:
    """The declared index range of a vector or array."""
    if not bits_of(value.type):
        raise Refusal(f"a value of type {str(value.type)[:40]}", value)
    return value.type.fixedRange


def element(bounds: Any, index: int, node: Any) -> int:
    """Position from the lowest bit on of a declared index; arrays count like vectors."""
    if not bounds.lower <= index <= bounds.upper:
        raise Refusal(f"a selection of bit {index}, outside [{bounds.left}:{bounds.right}]", node)
    return _position(bounds, index)


def _position(bounds: Any, index: int) -> int:
    return int(index - bounds.lower if bounds.isDescending else bounds.upper - index)


def part(node: Any, left: int, right: int) -> tuple[int, int]:
    """Position of the lowest element that a range selects, and how many: of `[left:right]`, or of `[left +: right]`."""
    bounds, kind = bounds_of(node.value), node.selectionKind.name
    if kind != "Simple":
        low = left if kind == "IndexedUp" else left - right + 1
        left, right = (low + right - 1, low) if bounds.isDescending else (low, low + right - 1)
    first = element(bounds, right, node)
    element(bounds, left, node)
    return first, abs(left - right) + 1


def computed(node: Any, select: Word, signed: bool, gates: Gates, count: int) -> Iterator[tuple[int, int]]:
    """What a selection by a computed index may stand for: a signal that says so, and the position of its lowest element.

    `count` elements are selected, up or down from the index. Elements outside of the range may be among them. No two of the
    signals are 1 together; where all are 0, the selection lies outside.
    """
    bounds = bounds_of(node.value)
    down = node.kind.name == "RangeSelect" and node.selectionKind.name == "IndexedDown"
    reach = count - 1
    for index in range(bounds.lower - (0 if down else reach), bounds.upper + (reach if down else 0) + 1):
        low = index - reach if down else index
        lowest = low if bounds.isDescending else low + reach
        yield equals(gates, select, signed, index), _position(bounds, lowest)


def equals(gates: Gates, word: Word, signed: bool, value: int) -> int:
    """Whether a word is a number: 0 if it cannot be."""
    span = 1 << len(word)
    if not (-span // 2 <= value < span // 2 if signed else 0 <= value < span):
        return ZERO
    return gates.all([bit if (value >> place) & 1 else gates.not_(bit) for place, bit in enumerate(word)])
