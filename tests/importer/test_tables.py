"""Tables in each format give the same multiplier; malformed ones a sentence."""

import random
import re

import numpy as np
import pytest

from importer import TableError, import_function, import_table, read_table
from multipliers import Operand, OperandError, exhaustive, get, with_signs

SIGNED = Operand(4, signed=True)
A, B = np.meshgrid(SIGNED.values(), SIGNED.values(), indexing="ij")
TABLE = A * B - 3 * A * (B > 2)
"""Not symmetric, signed, by bit patterns."""


def write_npy(path):
    np.save(path, TABLE.astype(np.int16))


def write_matrix(path):
    path.write_text("# products\n" + "\n".join(",".join(map(str, row)) for row in TABLE.tolist()))


def write_triples(path):
    rows = zip(A.ravel(), B.ravel(), TABLE.ravel(), strict=True)
    path.write_text("a;b;p\n" + "\n".join(f"{a};{b};{p}" for a, b, p in rows))


def write_header(path):
    rows = ",\n".join("{" + ", ".join(map(str, row)) + "}" for row in TABLE.tolist())
    path.write_text(f"// a table = of products\n#include <stdint.h>\nconst int16_t lut[16][16] = {{ /* {{ */\n{rows} }};\n")


def write_raw(path):
    path.write_bytes(TABLE.astype("<i2").tobytes())


WRITERS = {"npy": write_npy, "csv": write_matrix, "h": write_header, "bin": write_raw, "triples.csv": write_triples}


@pytest.mark.parametrize("suffix", WRITERS)
def test_formats(suffix, tmp_path):
    path = tmp_path / f"table.{suffix}"
    WRITERS[suffix](path)
    dtype = "int16" if suffix == "bin" else None
    np.testing.assert_array_equal(read_table(path, signed=True, dtype=dtype), TABLE)
    np.testing.assert_array_equal(read_table(path, order="ba", signed=True, dtype=dtype), TABLE.T)
    import_table(path, order="ab", signed=True, name="mine", dtype=dtype)
    multiplier = get("mine")
    pairs = exhaustive(multiplier)
    np.testing.assert_array_equal(multiplier(pairs.a, pairs.b), pairs.a * pairs.b - 3 * pairs.a * (pairs.b > 2))


def test_rows_in_the_order_of_values():
    by_value = np.roll(TABLE, (8, 8), (0, 1))
    multiplier = import_table(by_value, order="ab", signed=True, by_value=True, name="mine")
    assert int(multiplier(-8, 3)) == 0
    np.testing.assert_array_equal(multiplier.table, TABLE)


@pytest.mark.filterwarnings("ignore::importer.ReadingWarning")  # half of a product
def test_functions_and_their_signed_form():
    def halved(a, b):
        return a * b // 2

    multiplier = import_function(halved, width=4, signed=False)
    assert int(get("halved")(5, 5)) == 12
    assert int(with_signs(multiplier, True, True)(-5, 5)) == -12
    with pytest.raises(OperandError):
        multiplier(16, 0)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda a, b: a * b / 2, "products are integers"),
        (lambda a, b: a * np.nan, "NaN"),
        (lambda a, b: 5, r"an array of shape \(\)"),
        (lambda a, b: (a * b).astype(str), "not integers"),
        (lambda a, b: a * b << 40, "beyond 32 bits"),
    ],
)
def test_functions_that_give_no_products(function, sentence):
    with pytest.raises(TableError, match=sentence):
        import_function(function, width=4, signed=False, name="mine")


WRONG = {
    "shape.npy": (lambda path: np.save(path, np.zeros((16, 15))), "shape 16 x 15"),
    "flat.npy": (lambda path: np.save(path, np.zeros(100)), "shape 100 "),
    "cube.npy": (lambda path: np.save(path, np.zeros((4, 4, 4))), "shape 4 x 4 x 4"),
    "scalar.npy": (lambda path: np.save(path, 1), "shape"),
    "nan.npy": (lambda path: np.save(path, np.full((4, 4), np.nan)), "NaN"),
    "half.npy": (lambda path: np.save(path, np.full((4, 4), 0.5)), "holds 0.5"),
    "pickle.npy": (lambda path: np.save(path, np.array([[{}]]), allow_pickle=True), "no NumPy file"),
    "broken.npy": (lambda path: path.write_bytes(b"\x93NUMPY\x01\x00v\x00{'descr'"), "no NumPy file"),
    "ragged.csv": (lambda path: path.write_text("1,2\n3"), "same length"),
    "words.csv": (lambda path: path.write_text("1,x\n3,4"), "'x'"),
    "nan.csv": (lambda path: path.write_text("0,nan,1,1\n" * 4), "NaN"),
    "triples.csv": (lambda path: path.write_text("0,0,1\n" * 16), "not all pairs"),
    "empty.csv": (lambda path: path.write_text(""), "same length"),
    "latin.csv": (lambda path: path.write_bytes(b"\xff\xfe1,2"), "no text file"),
    "code.h": (lambda path: path.write_text("int x[] = { system(1) };"), "'system"),
    "two.h": (lambda path: path.write_text("int x[] = {1}; int y[] = {2};"), "one array"),
    "raw.bin": (lambda path: path.write_bytes(b"123"), "say what it holds"),
    "other.txt": (lambda path: path.write_text("1"), "tables are read from"),
    "large.npy": (lambda path: path.write_bytes(b"\0" * (50 << 20)), "at most"),
}


@pytest.mark.parametrize("name", WRONG)
def test_malformed_tables(name, tmp_path, library):
    write, sentence = WRONG[name]
    write(tmp_path / name)
    with pytest.raises(TableError, match=rf"{re.escape(name)}.*{sentence}"):
        import_table(tmp_path / name, order="ab", signed=False, name="mine")
    assert not library.exists()


@pytest.mark.parametrize("seed", range(60))
def test_mutated_tables_are_read_or_refused(seed, tmp_path):
    rng = random.Random(seed)
    suffix = rng.choice(list(WRITERS))
    path = tmp_path / f"table.{suffix}"
    WRITERS[suffix](path)
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data))
        data[place : place + rng.choice([1, 1, 8])] = rng.choice([b"", b"{", b"}", b",", b"\xff", b"-", b"9e9", b"nan", b"\n"])
    path.write_bytes(data)
    try:
        table = read_table(path, signed=True, dtype="int16")
    except TableError as error:
        assert "table." in str(error)  # noqa: PT017, any number of mutants may pass
    else:
        assert table.dtype == np.int64
