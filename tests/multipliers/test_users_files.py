"""Files that a user hands us: regular, of bounded size, and whatever else is in them a sentence."""

import os
import random
import zipfile
from io import BytesIO

import numpy as np
import pytest

from multipliers import MultiplierError
from multipliers._users_files import FileError, check_file, read_array, read_arrays, read_file, read_json

ARRAYS = {
    "a": np.arange(12, dtype=np.int16).reshape(3, 4),
    "b": np.asfortranarray(np.eye(3)),
    "c": np.zeros(0),
    "d": np.array(7),
}


def archive(write=np.savez_compressed):
    buffer = BytesIO()
    write(buffer, **ARRAYS)
    return buffer.getvalue()


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_arrays_come_back(write):
    read = read_arrays(archive(write), "x.npz", 1 << 20)
    assert read.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype


def test_what_is_no_regular_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, sentence in (
        (tmp_path / "pipe", "pipe is a pipe"),
        ("/dev/zero", "zero is a pipe or device"),
        (tmp_path, "a folder"),
    ):
        with pytest.raises(FileError, match=sentence):
            read_file(path, 100)
        with pytest.raises(OSError, match=sentence):
            check_file(path)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none", 100)


def test_size_is_bounded(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(MultiplierError, match="data has 5 bytes; at most 4 are read"):
        read_file(path, 4)


def test_archives_that_would_grow():
    with pytest.raises(FileError, match="more than 10 bytes"):
        read_arrays(archive(), "x.npz", 10)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("a.npy", b"0" * 1000)
    with pytest.raises(FileError, match="compressed otherwise"):
        read_arrays(buffer.getvalue(), "x.npz", 1 << 20)


@pytest.mark.parametrize("shape", [b"(4, 9)", b"(9**9)", b"(-1,4)", b"(4, 0)", b"(True)", b"'4, 4'"])
def test_headers_that_claim_more_than_there_is(shape):
    buffer = BytesIO()
    np.save(buffer, np.zeros((4, 4)))
    with pytest.raises(FileError, match=r"^x\.npy is no NumPy file of numbers"):
        read_array(buffer.getvalue().replace(b"(4, 4)", shape), "x.npy")


def test_json_without_end():
    with pytest.raises(ValueError, match="nested too deeply"):
        read_json("[" * 1_000_000)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_damaged_archives_are_read_or_refused(write, seed):
    rng, whole = random.Random(seed), archive(write)
    for _ in range(50):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            read_arrays(bytes(data[: rng.choice([len(data), rng.randrange(len(data))])]), "x.npz", 1 << 20)
        except FileError as error:
            assert str(error).isprintable()  # noqa: PT017, any number of them may pass
