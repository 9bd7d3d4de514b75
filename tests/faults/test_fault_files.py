"""Every fault of the campaign still fits the code: its text is there once, its tests exist. Nothing is run here."""

from collections import Counter

import pytest
from fault_files import Fault, FaultError, complaints, read

FAULTS = read()


@pytest.mark.parametrize("area", sorted({fault.area for fault in FAULTS}))
def test_every_fault_fits_the_code(area: str):
    found = [f"{fault.file}: {text}" for fault in FAULTS if fault.area == area for text in complaints(fault)]
    assert not found, "\n".join(found)


def test_no_fault_stands_twice():
    twice = [what for what, count in Counter((fault.file, fault.old, fault.new) for fault in FAULTS).items() if count > 1]
    assert not twice
    assert not [name for name, count in Counter(fault.name for fault in FAULTS if fault.name).items() if count > 1]


def test_an_entry_that_does_not_fit_is_told(tmp_path):
    (tmp_path / "code.py").write_text("x = 1\ny = 1\n")
    (tmp_path / "test_code.py").write_text("def test_x(): pass\n")
    fault = Fault("area", "code.py", "x = 1", "x = 2", ("test_code.py::test_x[3]",))
    assert fault.damaged(tmp_path) == "x = 2\ny = 1\n"
    assert not list(complaints(fault, tmp_path))
    for wrong, told in [
        (Fault("area", "none.py", "x = 1", "x = 2", ("test_code.py",)), "no file none.py"),
        (Fault("area", "code.py", "= 1", "= 2", ("test_code.py",)), "2 times, not once"),
        (Fault("area", "code.py", "x = 3", "x = 2", ("test_code.py",)), "0 times, not once"),
        (Fault("area", "code.py", "x = 1", "x = 1", ("test_code.py",)), "the same"),
        (Fault("area", "code.py", "x = 1", "x = (", ("test_code.py",)), "no Python"),
        (Fault("area", "code.py", "x = 1", "x = 2", ("test_code.py::test_y",)), "no test test_code.py::test_y"),
        (Fault("area", "code.py", "x = 1", "x = 2", ("test_none.py",)), "no test file test_none.py"),
    ]:
        assert any(told in text for text in complaints(wrong, tmp_path)), told


def test_unknown_keys_and_missing_tests_are_refused(tmp_path):
    folder = tmp_path / "tests" / "faults"
    folder.mkdir(parents=True)
    for text in ('file="a"\nold="b"\nnew="c"', 'file="a"\nold="b"\nnew="c"\ntests=["d"]\nreason="e"', 'file="a"\ntests=["d"]'):
        (folder / "area.toml").write_text(f"[[fault]]\n{text}\n")
        with pytest.raises(FaultError, match=r"area\.toml"):
            read(tmp_path)
