"""Numbers in tables mean what the format's own language says, or are refused with the word that is read in two ways."""

import os
import random
import shutil
import subprocess

import numpy as np
import pytest

from importer import TableError, import_table, read_table

PRODUCTS = np.multiply.outer(np.arange(4), np.arange(4))
ROWS = [[0, 0, 0, 0], [0, 1, 2, 3], [0, 2, 4, 6], [0, 3, 6, 9]]

C_READS = {
    "0777": 511,
    "0": 0,
    "007": 7,
    "0x1fF": 511,
    "0b101": 5,
    "+5": 5,
    "-5": -5,
    "-017": -15,
    "5u": 5,
    "5UL": 5,
    "5llu": 5,
}
C_REFUSES = ["08", "1_000", "1'000", "'a'", "5ul5", "5lL", "5uu", "-5u", "1+1", "- 5", "1.0", "1e3", "x", "0x", "(5)", "1 2"]
C_REFUSES += ["\u0663", "\uff15"]


def header(items, declared="const int32_t lut[4][4]"):
    return f"#include <stdint.h>\n{declared} = {items};\n"


def nested(first="0"):
    rows = [list(map(str, row)) for row in ROWS]
    rows[0][0] = first
    return "{" + ",\n".join("{" + ", ".join(row) + "}" for row in rows) + "}"


@pytest.mark.parametrize("word", C_READS)
def test_literals_are_those_of_c(word, tmp_path):
    path = tmp_path / "lut.h"
    path.write_text(header(nested(word)))
    assert read_table(path)[0, 0] == C_READS[word]


@pytest.mark.parametrize("word", C_REFUSES)
def test_what_c_reads_otherwise_or_not_at_all(word, tmp_path):
    path = tmp_path / "lut.h"
    path.write_text(header(nested(word)))
    with pytest.raises(TableError, match=r"lut.h: .* (is no integer that C reads in one way|stands where C does not allow it)"):
        read_table(path)


DECLARED = {
    "uint8_t lut[]": None,
    "static const unsigned short int lut[16]": None,
    "#define N 4\nconst short lut[N * N]": None,
    "#define N 4\nconst std::int8_t lut[N][N]": None,
    "__constant__ int lut[4][4] __attribute__((aligned(16)))": None,
    "int lut[][4]": None,
    "// two \\\n int other[2] = {1}\nint lut[16]": None,
    "char lut[16]": None,
    "int lut[32]": "32 items are declared and 16 given",
    "int lut[2][8][1]": None,
    "int lut[M]": r"size \[M\]",
    "product_t lut[16]": "the type 'product_t' of its array is not known",
    "double lut[16]": "the type 'double' of its array is not known",
    "lut[16]": "the type '' of its array is not known",
}


@pytest.mark.parametrize("declared", DECLARED)
def test_declarations(declared, tmp_path):
    path, sentence = tmp_path / "lut.h", DECLARED[declared]
    path.write_text(header("{" + ", ".join(str(item) for row in ROWS for item in row) + ",}", declared))
    if sentence is None and "[2][8]" not in declared:
        np.testing.assert_array_equal(read_table(path), PRODUCTS)
    else:
        with pytest.raises(TableError, match=sentence or "its shape 2 x 8 x 1"):
            read_table(path)


TYPES = {"uint8_t": 256, "int8_t": 128, "char": 128, "unsigned char": -1, "int16_t": 32768, "unsigned": 2**32, "signed": 2**31}


@pytest.mark.parametrize("kind", TYPES)
def test_values_that_c_would_convert(kind, tmp_path):
    path = tmp_path / "lut.h"
    path.write_text(header(nested(str(TYPES[kind])), f"{kind} lut[4][4]"))
    with pytest.raises(TableError, match=f"{TYPES[kind]} does not fit the array's type, {kind}: C would convert it"):
        read_table(path)


ARRAYS = {
    "{{0,1,2,3},{0,1,2}}": "equally many",
    "{1,,2}": "stands where C",
    "{1,2": "'2;' is no integer that C",
    "{}": "",
    "{[3] = 5}": "one array",
    "{0xFFFFFFFFFFFFFFFFFFFF}": "no integer that C",
    "{" + "9" * 500_000 + "}": "no integer that C",
    "/*" * 100_000: "one array",
}


@pytest.mark.parametrize("items", ARRAYS, ids=lambda text: text[:12])
def test_arrays_that_c_would_fill_in_or_refuse(items, tmp_path):
    path = tmp_path / "lut.h"
    path.write_text(header(items, "int lut[]"))
    with pytest.raises(TableError, match=f"lut.h.*{ARRAYS[items]}"):
        read_table(path)


def test_a_compiler_agrees(tmp_path):
    """The judge of the literals above."""
    compiler = shutil.which("g++")
    assert compiler
    items = ", ".join(f"int({word})" for word in C_READS)
    program = f'int main() {{ for (int x : {{{items}}}) std::printf("%d ", x); }}'
    (tmp_path / "t.cpp").write_text(f"#include <cstdio>\n#include <initializer_list>\n{program}")
    subprocess.run([compiler, "-std=c++14", tmp_path / "t.cpp", "-o", tmp_path / "t"], check=True)
    done = subprocess.run([tmp_path / "t"], capture_output=True, text=True, check=True)
    assert list(map(int, done.stdout.split())) == list(C_READS.values())


MATRIX = "\n".join(",".join(map(str, row)) for row in ROWS)
TRIPLES = "\n".join(f"{a},{b},{a * b}" for a in range(4) for b in range(4))

CSV_READS = {
    "matrix": MATRIX,
    "windows": "\ufeff" + MATRIX.replace("\n", "\r\n") + "\r\n",
    "quoted": "\n".join(",".join(f'"{item}"' for item in row) for row in ROWS),
    "separators at the ends": MATRIX.replace("\n", ",\n") + ",",
    "savetxt": "\n".join(" ".join(f"{item:.18e}" for item in row) for row in ROWS),
    "tabs": MATRIX.replace(",", "\t"),
    "triples": TRIPLES,
    "triples of floats": TRIPLES.replace("\n", ".0\n"),
    "triples with a header": "a,b,p\n" + TRIPLES,
    "triples with marked header": "\ufeffa;b;p\n" + TRIPLES.replace(",", ";"),
}

CSV_REFUSES = {
    "halves": ("\n".join(f"{a + 0.5},{b + 0.5},{a * b}" for a in range(4) for b in range(4)), r"0\.5; operands and products"),
    "one half": (TRIPLES.replace("3,3,9", "3,3.5,9"), r"3\.5; operands"),
    "nearly": (MATRIX.replace("9", "9.0000000000000000001"), "integers"),
    "underscore": (MATRIX.replace("9", "1_0"), "'1_0' is no integer"),
    "arabic digits": (MATRIX.replace("9", "\u0669"), "no integer in the digits"),
    "full-width digits": (MATRIX.replace("9", "\uff19"), "no integer in the digits"),
    "hexadecimal": (MATRIX.replace("9", "0x9"), "'0x9' is no integer"),
    "thousands": (MATRIX.replace(",", ";").replace("9", "1,000"), "'1,000' is no integer"),
    "decimal commas": (MATRIX.replace(",", ";").replace("9", "9,0"), "'9,0' is no integer"),
    "empty cell": (MATRIX.replace("0,1,2,3", "0,,2,3"), "'' is no integer"),
    "cells short": (MATRIX.replace("0,1,2,3", "0,1,2,"), "same length"),
    "infinity": (MATRIX.replace("9", "-inf"), "NaN or infinity"),
    "damaged first row": ("NaN,0,0\n" + TRIPLES, "NaN"),
    "header over a matrix": ("w,x,y,z\n" + MATRIX, "header over 4 columns"),
    "an index column": (",a,b,p\n" + "\n".join(f"{i},{row}" for i, row in enumerate(TRIPLES.split("\n"))), "'' is no integer"),
    "product first": ("p,a,b\n" + TRIPLES, "the product has to be the third"),
    "twice": (TRIPLES.replace("3,3,9", "3,2,6"), "not all pairs"),
    "missing": (TRIPLES.replace("3,3,9", ""), "not all pairs"),
    "beyond": (MATRIX.replace("9", "99999999999"), "beyond 32 bits"),
    "long": (MATRIX.replace("9", "9" * 5000), "no integer"),
    "exponent": (MATRIX.replace("9", "1e99"), "beyond 32 bits"),
    "quote": (MATRIX + '\n"', "table.csv"),
    "header alone": ("a,b,p\n", "or there are none"),
}


@pytest.mark.parametrize("name", CSV_READS)
def test_csv(name, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(CSV_READS[name], "utf-8", newline="")
    np.testing.assert_array_equal(read_table(path), PRODUCTS)


@pytest.mark.parametrize("name", CSV_REFUSES)
def test_csv_that_others_read_otherwise(name, tmp_path):
    path = tmp_path / "table.csv"
    text, sentence = CSV_REFUSES[name]
    path.write_text(text, "utf-8")
    with pytest.raises(TableError, match=sentence):
        read_table(path)


NPY_READS = {
    "fortran": np.asfortranarray(PRODUCTS - 2 * np.arange(4)),
    "big-endian": (PRODUCTS - 2 * np.arange(4)).astype(">i2"),
    "floats": (PRODUCTS - 2 * np.arange(4)).astype(np.float32),
    "half floats": (PRODUCTS - 2 * np.arange(4)).astype(np.float16),
    "a view": np.repeat(PRODUCTS - 2 * np.arange(4), 2, 0)[::2],
}

NPY_REFUSES = {
    "rounded half floats": (np.full((4, 4), 4096, np.float16), "float16 holds integers beyond 2,048 rounded"),
    "rounded floats": (np.full((4, 4), 2**25, np.float32), "float32 holds integers beyond 16,777,216 rounded"),
    "fractions": (np.full((4, 4), 1.25), "holds 1.25"),
    "infinity": (np.full((4, 4), np.inf), "infinity"),
    "huge": (np.full((4, 4), 1e300), "rounded"),
    "unsigned": (np.full((4, 4), 2**63, np.uint64), "beyond 32 bits"),
    "complex": (np.zeros((4, 4), complex), "complex"),
    "bool": (np.zeros((4, 4), bool), "bool"),
    "dates": (np.zeros((4, 4), "M8[s]"), "datetime"),
    "records": (np.zeros((4, 4), [("x", int)]), "not integers"),
    "text": (np.full((4, 4), "1"), "not integers"),
    "empty": (np.zeros((0, 4), int), "it is empty"),
    "nothing": (np.zeros(0, int), "it is empty"),
}


@pytest.mark.parametrize("name", NPY_READS)
def test_npy(name, tmp_path):
    np.save(tmp_path / "table.npy", NPY_READS[name])
    np.testing.assert_array_equal(read_table(tmp_path / "table.npy"), PRODUCTS - 2 * np.arange(4))


@pytest.mark.parametrize("name", NPY_REFUSES)
def test_npy_of_no_integers(name, tmp_path, library):
    array, sentence = NPY_REFUSES[name]
    np.save(tmp_path / "table.npy", array)
    with pytest.raises(TableError, match=sentence):
        import_table(tmp_path / "table.npy", order="ab", signed=False)
    with pytest.raises(TableError, match=sentence):
        import_table(array, order="ab", signed=False, name="mine")
    assert not library.exists()


@pytest.mark.parametrize("suffix", ["npy", "csv", "h", "bin"])
def test_what_is_no_file(suffix, tmp_path):
    pipe, folder, device = (tmp_path / f"{name}.{suffix}" for name in ("pipe", "folder", "device"))
    os.mkfifo(pipe)
    folder.mkdir()
    device.symlink_to("/dev/zero")
    (tmp_path / f"empty.{suffix}").touch()
    for path, sentence in ((pipe, "a pipe or device"), (folder, "a folder"), (device, "a pipe or device")):
        with pytest.raises(TableError, match=f"{path.name} is {sentence}, not a file"):
            read_table(path, dtype="int32")
    with pytest.raises(TableError, match=rf"empty.{suffix}"):
        read_table(tmp_path / f"empty.{suffix}", dtype="int32")


@pytest.mark.parametrize("seed", range(20))
def test_damaged_numpy_files(seed, tmp_path):
    """Bytes at random places: the table, or a sentence; never a huge allocation, a warning or another error."""
    rng, path = random.Random(seed), tmp_path / "table.npy"
    np.save(path, PRODUCTS.astype(np.int16))
    whole = path.read_bytes()
    for _ in range(50):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.choice([len(data), rng.randrange(len(data))])])
        try:
            assert read_table(path).shape == (4, 4)
        except TableError as error:
            assert str(error).startswith("table.npy")  # noqa: PT017, any number of them may pass
