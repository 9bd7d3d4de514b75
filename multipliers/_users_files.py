"""Files that a user hands us: regular ones of bounded size alone are read, and NumPy's without executing or inflating anything.

A pipe would be waited for, a device has no end, and a few bytes of an archive can claim any number of arrays.
"""

from __future__ import annotations

import json
import os
import stat
import warnings
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ._errors import MultiplierError

_CODECS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What np.savez and np.savez_compressed write; others are inflated without a bound."""


class FileError(MultiplierError, OSError):
    """A file that is not read: no regular one, too large, or damaged; the message names it."""


def check_file(path: Path | str, largest: int = 1 << 32, error: type[MultiplierError] = FileError) -> None:
    """Raise `error` unless a path is a regular file of at most `largest` bytes, OSError if it cannot be looked at."""
    _refuse(Path(path), Path(path).stat(), largest, error)


def read_file(path: Path | str, largest: int, error: type[MultiplierError] = FileError) -> bytes:
    """The content of a regular file of at most `largest` bytes.

    Raises `error` in a sentence for a folder, pipe or device and for what is larger, OSError if it cannot be read.
    """
    check_file(path, largest, error)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        _refuse(Path(path), os.fstat(handle), largest, error)  # it may be another file by now
        data = file.read(largest + 1)
    if len(data) > largest:
        raise error(f"{Path(path).name} has more than {largest:,} bytes, which are all that is read")
    return data


def _refuse(path: Path, status: os.stat_result, largest: int, error: type[MultiplierError]) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
        raise error(f"{path.name or path} is {kind}, not a file that can be read")
    if status.st_size > largest:
        raise error(f"{path.name} has {status.st_size:,} bytes; at most {largest:,} are read")


def read_array(data: bytes, name: str, error: type[MultiplierError] = FileError) -> np.ndarray:
    """The array of an .npy file's content; raises `error` for objects and for anything damaged."""
    try:
        return _array(data)
    except Exception as wrong:  # its header is Python text, and a damaged one raises what that parser raises
        raise error(f"{name} is no NumPy file of numbers: {_sentence(wrong)}") from None


def read_arrays(data: bytes, name: str, largest: int, error: type[MultiplierError] = FileError) -> dict[str, np.ndarray]:
    """The arrays of an .npz file's content, at most `largest` bytes together; raises `error` for anything damaged."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > largest:
                raise ValueError(f"its arrays have more than {largest:,} bytes")
            if any(member.compress_type not in _CODECS for member in members):
                raise ValueError("it is compressed otherwise than NumPy does")
            return {member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in members}
    except Exception as wrong:  # a damaged archive raises what zipfile and zlib raise: ten kinds were seen
        raise error(f"{name} is no NumPy archive of numbers: {_sentence(wrong)}") from None


def _array(data: bytes) -> np.ndarray:
    file = BytesIO(data)
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"its format {version[0]}.{version[1]} is not read")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the header's Python text, which is judged by what it gives
        shape, fortran, dtype = readers[version](file)
    count = 1
    for size in shape:
        count *= size
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    if not dtype.itemsize or min(shape, default=0) < 0 or count * dtype.itemsize != len(data) - file.tell():
        raise ValueError(f"its {len(data) - file.tell():,} bytes are not {dtype} of shape {shape}")
    flat = np.frombuffer(data, dtype, count, file.tell()) if count else np.zeros(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C").copy(order="K")


def read_json(text: bytes | str) -> Any:
    """A JSON document; raises ValueError for whatever is none, nested without end included."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _sentence(wrong: Exception) -> str:
    said = " ".join(str(wrong).split())[:100] or type(wrong).__name__
    return said if said.isprintable() else ascii(said)
