"""Tables of products from files: NumPy, CSV, C header, raw binary; and from arrays and Python functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from multipliers import Multiplier, Operand
from multipliers._import_index import Source, source_of
from multipliers._imported import keep, made
from multipliers._multiplier import TABLE_BITS
from multipliers._users_files import read_array, read_file

from ._c_header import read_header
from ._csv import read_csv
from ._errors import TableError
from ._library import options_of
from ._readings import examine
from ._verilog import checked_name

DTYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64")
"""What a raw file may hold, little-endian."""

_LARGEST = 32 << 20


def read_table(
    path: str | Path, *, order: str = "ab", signed: bool = False, by_value: bool = False, dtype: str | None = None
) -> np.ndarray:
    """The table of a file, int64 of shape (2**wa, 2**wb), indexed by the operands' bit patterns, a first.

    A file is .npy, .csv (a matrix, or rows a, b, product), .h (one array of integers) or .bin (raw, of `dtype`). `order` says
    what its first index is: "ab" the activation, "ba" the weight. With `by_value` its rows and columns are in the order of
    signed values, -2**(w-1) first. Raises TableError for anything but 2**wa x 2**wb integers, OSError if it cannot be read.
    """
    path = Path(path)
    readers: dict[str, Callable[[bytes], np.ndarray]] = {
        ".npy": lambda data: read_array(data, path.name, TableError),
        ".csv": lambda data: read_csv(path, _text(path.name, data), signed),
        ".h": lambda data: read_header(path, _text(path.name, data)),
        ".bin": lambda data: _raw(path.name, data, dtype),
    }
    if path.suffix not in readers:
        raise TableError(f"{path.name}: tables are read from {', '.join(readers)}")
    values = readers[path.suffix](read_file(path, _LARGEST, TableError))
    return as_table(values, path.name, order=order, signed=signed, by_value=by_value)


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
        exact = 2.0 ** (np.finfo(array.dtype).nmant + 1)
        if (np.abs(array) > exact).any():
            raise TableError(f"{name}: {array.dtype} holds integers beyond {exact:,.0f} rounded; give integers")
    elif array.dtype.kind not in "iu":
        raise TableError(f"{name}: it holds {array.dtype}, not integers")
    if array.size and (int(array.min()) < -(2**31) or int(array.max()) >= 2**31):
        raise TableError(f"{name}: it holds products beyond 32 bits")
    array = array.astype(np.int64)
    if array.ndim == 1:
        side = 1 << (max(array.size, 1).bit_length() // 2)
        array = array.reshape(side, side) if side * side == array.size else array
    if not array.size:
        raise TableError(f"{name}: it is empty")
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

    A name that is taken stands for the new table from then on; `register` is as in `import_verilog`. A ReadingWarning says
    where its products are those of another reading of its bits: signed, shifted by half of its range.
    """
    origin = None
    if isinstance(source, np.ndarray):
        table = as_table(source, name or "the array", order=order, signed=signed, by_value=by_value)
    else:
        table = read_table(source, order=order, signed=signed, by_value=by_value, dtype=dtype)
        chosen = {"--name": name, "--order": order, "--dtype": dtype}
        origin = source_of(Path(source), read_file(source, _LARGEST), options_of(chosen, signed, by_value))
        name = name or Path(source).stem
    return _kept(table, checked_name(name or "table"), signed, by_value, origin, register)


def import_function(
    function: Callable[[np.ndarray, np.ndarray], object], *, width: int, signed: bool, name: str | None = None
) -> Multiplier:
    """A multiplier from a Python function of two int64 arrays of equal shape, called once on all operand pairs.

    Raises TableError if what it gives is not one integer for each pair, and warns as `import_table` does.
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


def _kept(
    table: np.ndarray,
    name: str,
    signed: bool,
    by_value: bool = False,
    origin: Source | None = None,
    register: bool = True,
) -> Multiplier:
    widths = [size.bit_length() - 1 for size in table.shape]
    product = product_port(table, sum(widths), signed)
    ports = dict(zip("abp", ((widths[0], signed), (widths[1], signed), (product.width, product.signed)), strict=True))
    about, arrays = {"name": name, "ports": ports}, {"table": table.astype(np.int32)}
    multiplier = made(about, arrays)
    kept = keep(about, arrays, digest=multiplier.digest, origin=origin, register=register)
    multiplier = replace(multiplier, label=kept.label)
    examine(multiplier, by_value=by_value).warn(name)
    return multiplier


def product_port(table: np.ndarray, width: int, signed: bool) -> Operand:
    """The port that holds a table's products: `width` bits or, if need be, more; signed if any is negative."""
    signed = signed or bool(table.min() < 0)
    port = Operand(width, signed)
    while table.min() < port.low or table.max() > port.high:
        port = Operand(port.width + 1, signed)
    return port


def _raw(name: str, data: bytes, dtype: str | None) -> np.ndarray:
    if dtype not in DTYPES:
        raise TableError(f"{name}: say what it holds, {', '.join(DTYPES)} (little-endian); {dtype!r} is not one of these")
    kind = np.dtype(dtype).newbyteorder("<")
    if len(data) % kind.itemsize:
        raise TableError(f"{name}: its {len(data):,} bytes are no whole number of {dtype}")
    return np.frombuffer(data, kind)


def _text(name: str, data: bytes) -> str:
    """UTF-8, with or without the mark that some editors put before it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TableError(f"{name} is no text file") from None
