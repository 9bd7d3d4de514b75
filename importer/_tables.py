"""Tables of products from files: NumPy, CSV, C header, raw binary; and from arrays and Python functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from multipliers import Multiplier, Operand, to_bits
from multipliers._import_index import Source, source_of
from multipliers._imported import keep, made
from multipliers._multiplier import TABLE_BITS

from ._errors import TableError
from ._library import options_of
from ._verilog import checked_name

DTYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64")
"""What a raw file may hold, little-endian."""

_LARGEST = 32 << 20
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_INTEGER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*")


def read_table(
    path: str | Path, *, order: str = "ab", signed: bool = False, by_value: bool = False, dtype: str | None = None
) -> np.ndarray:
    """The table of a file, int64 of shape (2**wa, 2**wb), indexed by the operands' bit patterns, a first.

    A file is .npy, .csv (a matrix, or rows a, b, product), .h (one array of integers) or .bin (raw, of `dtype`). `order` says
    what its first index is: "ab" the activation, "ba" the weight. With `by_value` its rows and columns are in the order of
    signed values, -2**(w-1) first. Raises TableError for anything but 2**wa x 2**wb integers, OSError if it cannot be read.
    """
    path = Path(path)
    if path.stat().st_size > _LARGEST:
        raise TableError(f"{path.name} has {path.stat().st_size:,} bytes; tables of at most {_LARGEST:,} are read")
    readers: dict[str, Callable[[], np.ndarray]] = {
        ".npy": lambda: _npy(path),
        ".csv": lambda: _csv(path, signed),
        ".h": lambda: _header(path),
        ".bin": lambda: _raw(path, dtype),
    }
    if path.suffix not in readers:
        raise TableError(f"{path.name}: tables are read from {', '.join(readers)}")
    return as_table(readers[path.suffix](), path.name, order=order, signed=signed, by_value=by_value)


def as_table(values: Any, name: str, *, order: str = "ab", signed: bool = False, by_value: bool = False) -> np.ndarray:
    """An array as a table; the rest is as in `read_table`."""
    if order not in ("ab", "ba"):
        raise TableError(f"order {order!r} is not allowed: ab if the first index is the activation, ba if it is the weight")
    array = np.asarray(values)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise TableError(f"{name}: it holds NaN or infinity; products are integers")
        if (array != np.trunc(array)).any():
            raise TableError(f"{name}: it holds {array[array != np.trunc(array)].flat[0]}; products are integers")
    elif array.dtype.kind not in "iu":
        raise TableError(f"{name}: it holds {array.dtype}, not integers")
    if array.size and (array.min() < -(2**31) or array.max() >= 2**31):
        raise TableError(f"{name}: it holds products beyond 32 bits")
    array = array.astype(np.int64)
    if array.ndim == 1:
        side = 1 << (max(array.size, 1).bit_length() // 2)
        array = array.reshape(side, side) if side * side == array.size else array
    widths = [size.bit_length() - 1 for size in array.shape]
    whole = array.shape == tuple(1 << width for width in widths)
    if array.ndim != 2 or not whole or min(widths) < 2 or sum(widths) > TABLE_BITS:
        shape = " x ".join(map(str, array.shape))
        raise TableError(f"{name}: its shape {shape} is not 2^wa x 2^wb, of at least 2 bits and at most {TABLE_BITS} together")
    if by_value and signed:
        array = np.roll(array, (array.shape[0] // 2, array.shape[1] // 2), (0, 1))
    return array if order == "ab" else np.ascontiguousarray(array.T)


def import_table(
    source: str | Path | np.ndarray,
    *,
    order: str,
    signed: bool,
    name: str | None = None,
    by_value: bool = False,
    dtype: str | None = None,
    register: bool = True,
) -> Multiplier:
    """A multiplier from a table, an array or a file, kept under `name` or the file's; see `read_table`.

    A name that is taken stands for the new table from then on; `register` is as in `import_verilog`.
    """
    origin = None
    if isinstance(source, np.ndarray):
        table = as_table(source, name or "the array", order=order, signed=signed, by_value=by_value)
    else:
        path = Path(source)
        if path.stat().st_size <= _LARGEST:  # else it is refused below
            chosen = {"--name": name, "--order": order, "--dtype": dtype}
            origin = source_of(path, path.read_bytes(), options_of(chosen, signed, by_value))
        table = read_table(source, order=order, signed=signed, by_value=by_value, dtype=dtype)
        name = name or path.stem
    return _kept(table, checked_name(name or "table"), signed, origin, register)


def import_function(
    function: Callable[[np.ndarray, np.ndarray], object], *, width: int, signed: bool, name: str | None = None
) -> Multiplier:
    """A multiplier from a Python function of two int64 arrays of equal shape, called once on all operand pairs.

    Raises TableError if what it gives is not one integer for each pair.
    """
    name = checked_name(name or str(getattr(function, "__name__", "function")))
    if not 2 <= width <= TABLE_BITS // 2:
        raise TableError(f"width = {width} is not allowed; functions are tabulated at 2 to {TABLE_BITS // 2} bits")
    values = Operand(width, signed).values()
    a, b = np.meshgrid(values, values, indexing="ij")
    products = np.asarray(function(a, b))
    if products.shape != a.shape:
        raise TableError(f"{name}: it gives an array of shape {products.shape} for operands of shape {a.shape}")
    return _kept(as_table(products, name, signed=signed), name, signed)


def _kept(table: np.ndarray, name: str, signed: bool, origin: Source | None = None, register: bool = True) -> Multiplier:
    widths = [size.bit_length() - 1 for size in table.shape]
    product = product_port(table, sum(widths), signed)
    ports = dict(zip("abp", ((widths[0], signed), (widths[1], signed), (product.width, product.signed)), strict=True))
    about, arrays = {"name": name, "ports": ports}, {"table": table.astype(np.int32)}
    multiplier = made(about, arrays)
    kept = keep(about, arrays, digest=multiplier.digest, origin=origin, register=register)
    return replace(multiplier, label=kept.label)


def product_port(table: np.ndarray, width: int, signed: bool) -> Operand:
    """The port that holds a table's products: `width` bits or, if need be, more; signed if any is negative."""
    signed = signed or bool(table.min() < 0)
    port = Operand(width, signed)
    while table.min() < port.low or table.max() > port.high:
        port = Operand(port.width + 1, signed)
    return port


def _npy(path: Path) -> np.ndarray:
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except Exception as error:  # its header is Python text, and a damaged one raises what that parser raises
        raise TableError(f"{path.name} is no NumPy file of numbers: {str(error)[:100]}") from None


def _csv(path: Path, signed: bool) -> np.ndarray:
    rows = [line.strip() for line in _text(path).splitlines()]
    cells = [re.split(r"[,;\s]+", row.rstrip(",;")) for row in rows if row and not row.startswith("#")]
    if cells and not re.match(r"[+-]?[0-9]", cells[0][0]):
        cells = cells[1:]  # a header
    if not cells or len({len(row) for row in cells}) != 1:
        raise TableError(f"{path.name}: its rows are not all of the same length")
    try:
        table = np.array([[float(cell) for cell in row] for row in cells])
    except ValueError as error:
        raise TableError(f"{path.name}: {str(error)[:100]}") from None
    return table if table.shape[1] != 3 else _from_triples(table, path.name, signed)


def _from_triples(rows: np.ndarray, name: str, signed: bool) -> np.ndarray:
    """The table of rows first operand, second operand, product, by bit patterns."""
    width = (len(rows).bit_length() - 1) // 2
    operand = Operand(max(width, 1), signed)
    if not np.isfinite(rows).all():
        raise TableError(f"{name}: it holds NaN or infinity; products are integers")
    first, second = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    inside = all(((operand.low <= column) & (column <= operand.high)).all() for column in (first, second))
    index = to_bits(first, operand) * operand.codes + to_bits(second, operand)
    if len(rows) != operand.codes**2 or not inside or len(np.unique(index)) != len(rows):
        kind = "signed" if signed else "unsigned"
        raise TableError(f"{name}: its {len(rows):,} rows are not all pairs of {kind} operands, each once")
    table = np.empty(len(rows))
    table[index] = rows[:, 2]
    return table.reshape(operand.codes, operand.codes)


def _header(path: Path) -> np.ndarray:
    text = _COMMENT.sub(" ", _text(path))
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start or text.count("=") != 1:
        raise TableError(f"{path.name}: it does not hold one array, NAME[...] = {{...}}")
    items = [item for item in re.split(r"[\s,{}]+", text[start:end]) if item]
    wrong = next((item for item in items if not _INTEGER.fullmatch(item)), None)
    if wrong is not None:
        raise TableError(f"{path.name}: {wrong[:40]!r} is no integer")
    return np.array([_integer(item.rstrip("uUlL")) for item in items], dtype=np.float64)


def _integer(text: str) -> int:
    return int(text, 16) if "x" in text.lower() else int(text)


def _raw(path: Path, dtype: str | None) -> np.ndarray:
    if dtype not in DTYPES:
        raise TableError(f"{path.name}: say what it holds, {', '.join(DTYPES)} (little-endian); {dtype!r} is not one of these")
    data, kind = path.read_bytes(), np.dtype(dtype).newbyteorder("<")
    if len(data) % kind.itemsize:
        raise TableError(f"{path.name}: its {len(data):,} bytes are no whole number of {dtype}")
    return np.frombuffer(data, kind)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise TableError(f"{path.name} is no text file") from None
