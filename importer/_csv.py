"""Tables in comma-separated text: a matrix, or rows first operand, second operand, product."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import numpy as np

from multipliers import Operand, to_bits
from multipliers._multiplier import TABLE_BITS

from ._errors import TableError

_PLAIN = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,2})?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_ \[\]()*.-]*")
_PRODUCTS = ("p", "o", "y", "c", "out", "product", "result")
"""What a header may call the product, which has to be the third column."""


def read_csv(path: Path, text: str, signed: bool) -> np.ndarray:
    """The integers of a file, int64, a matrix; rows of three columns are operands and product, by which the table is filled.

    One character separates cells in the whole file: a semicolon, a tab, a comma or blanks, the first of these that is found.
    Whatever spreadsheets, NumPy and pandas could read in another way is refused with a TableError: fractions, thousands and
    decimal commas, underscores, other scripts' digits, cells that are empty or words, a header over a matrix.
    """
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip() and not line.startswith("#")]
    rows = [_without_last(row) for row in _split(path.name, lines)]
    words = bool(rows) and all(_WORD.fullmatch(cell) for cell in rows[0])
    header, cells = (rows[0], rows[1:]) if words else ([], rows)
    if sum(map(len, rows)) > 3 << TABLE_BITS:
        raise TableError(f"{path.name}: it has more than {3 << TABLE_BITS:,} cells")
    if not cells or len({len(row) for row in rows}) != 1:
        raise TableError(f"{path.name}: its rows are not all of the same length, or there are none")
    if header and len(header) != 3:
        raise TableError(f"{path.name}: it has a header over {len(header)} columns; only rows a, b, product may have one")
    if header and any(name.strip().lower() in _PRODUCTS for name in header[:2]):
        raise TableError(f"{path.name}: its columns are {', '.join(header)[:60]}; the product has to be the third")
    table = np.array([[_integer(path.name, cell) for cell in row] for row in cells], np.int64)
    return table if table.shape[1] != 3 else _from_triples(table, path.name, signed)


def _split(name: str, lines: list[str]) -> list[list[str]]:
    separator = next((mark for mark in ";\t," if any(mark in line for line in lines)), None)
    if separator is None:
        return [line.split(" ") if " " not in line.strip() else re.split(r" +", line.strip()) for line in lines]
    try:
        return [[cell.strip(" ") for cell in row] for row in csv.reader(lines, delimiter=separator, strict=True)]
    except csv.Error as error:
        raise TableError(f"{name}: {str(error)[:100]}") from None


def _without_last(row: list[str]) -> list[str]:
    """A row without the empty cell that a separator at its end leaves."""
    return row[:-1] if len(row) > 1 and not row[-1] else row


def _integer(name: str, cell: str) -> int:
    """The value of a cell, written as an integer or, as NumPy's savetxt does, as 1.5e+01."""
    if _PLAIN.fullmatch(cell):
        value = Decimal(cell)
    elif _NUMBER.fullmatch(cell):
        value = Decimal(cell)
        if value != value.to_integral_value():
            raise TableError(f"{name}: it holds {cell[:40]}; operands and products are integers")
    else:
        word = "NaN or infinity; products are integers" if re.fullmatch(r"[+-]?(nan|inf(inity)?)", cell, re.I) else ""
        raise TableError(f"{name}: it holds {word}" if word else f"{name}: {cell[:40]!r} is no integer in the digits 0 to 9")
    if not -(2**31) <= value < 2**31:
        raise TableError(f"{name}: it holds {cell[:40]}, a product beyond 32 bits")
    return int(value)


def _from_triples(rows: np.ndarray, name: str, signed: bool) -> np.ndarray:
    """The table of rows first operand, second operand, product, by bit patterns."""
    width = (len(rows).bit_length() - 1) // 2
    operand = Operand(max(width, 1), signed)
    first, second = rows[:, 0], rows[:, 1]
    inside = all(((operand.low <= column) & (column <= operand.high)).all() for column in (first, second))
    index = to_bits(first, operand) * operand.codes + to_bits(second, operand)
    if len(rows) != operand.codes**2 or not inside or len(np.unique(index)) != len(rows):
        kind = "signed" if signed else "unsigned"
        raise TableError(f"{name}: its {len(rows):,} rows are not all pairs of {kind} operands, each once")
    table = np.empty(len(rows), np.int64)
    table[index] = rows[:, 2]
    return table.reshape(operand.codes, operand.codes)
