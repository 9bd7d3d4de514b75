"""Addresses and error codes are the same in the Verilog, in Python and on the page."""

import re
from importlib.resources import files
from pathlib import Path

from cocotb_tests import accelerator_registers as python
from cocotb_tests.accelerator_registers import Error, Register

TOP = Path(str(files("rtl"))) / "top"
PAGE = (Path(__file__).parents[2] / "docs" / "top.md").read_text()


def constants(module: str) -> dict[str, int]:
    text = (TOP / f"{module}.v").read_text()
    found = re.findall(r"^  localparam \[\d+:0\] (\w+) = \d+'([hd])([0-9a-f_]+);", text, re.MULTILINE)
    assert len(found) == text.count("  localparam ["), "a constant of another form"
    return {name: int(digits.replace("_", ""), 16 if base == "h" else 10) for name, base, digits in found}


def rows(columns: int) -> list[list[str]]:
    lines = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line] for line in lines if len(line) == columns]


def test_verilog_has_the_registers_of_python() -> None:
    found = constants("register_file")
    assert {name: found.pop(f"{name}_REGISTER") for name in Register.__members__} == {r.name: r.value for r in Register}
    assert found.pop("IDENTITY") == python.IDENTITY
    assert found.pop("VERSION") == python.VERSION
    assert found.pop("CHANNELS") == python.CHANNELS
    errors = found | constants("job_control")
    assert errors == {error.name: error.value for error in Error if error is not Error.NONE}


def test_the_page_has_them_too() -> None:
    registers = {name: (int(address, 16), access) for address, name, access, _ in rows(4) if address.startswith("0x")}
    assert registers.pop("CHANNELS") == (python.CHANNELS, "write")
    assert {name: address for name, (address, _) in registers.items()} == {r.name: r.value for r in Register}
    assert {name for name, (_, access) in registers.items() if access == "read"} == {r.name for r in python.READ_ONLY}
    errors = {name: int(code) for code, name, _, what in rows(4) if code.isdigit()}
    assert errors == {error.name: error.value for error in Error if error is not Error.NONE}
    aborts = {name for code, name, _, what in rows(4) if code.isdigit() and what == "abort"}
    assert aborts == {error.name for error in Error if error >= Error.WEIGHTS_BEFORE_START}


def test_what_is_written_to_control() -> None:
    said = next(what for address, name, _, what in rows(4) if name == "CONTROL")
    assert {name: int(value) for value, name in re.findall(r"(\d): (\w+)", said)} == {c.name: c.value for c in python.Control}
    text = (TOP / "register_file.v").read_text()
    assert f"wire starts = control & write_data_i[{python.Control.START.bit_length() - 1}];" in text
    assert f"wire clears = control & (write_data_i == 32'd{python.Control.CLEAR});" in text
