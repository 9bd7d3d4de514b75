"""Verilog that could do more than compute is refused before anything reads it, and all of ours passes."""

import pytest
from wrong_designs import exact, model, verilog

from cocotb_tests import SimulatorError, verify
from cocotb_tests._safety import refuse_unsafe
from multipliers import defaults, rtl


@pytest.mark.parametrize(
    "text",
    [
        'initial $system("touch /tmp/owned");',
        'integer f; initial f = $fopen("/etc/passwd");',
        'initial $readmemh("/etc/passwd", memory);',
        'initial $c("system(0);");',
        "initial $finish;",
        '`include "/etc/passwd"',
        "`systemc_header",
        "`verilator_config",
        "`define systemc_header\n`systemc_header",
        "`define include\n`include",
        'import "DPI-C" function int system(string command);',
        "`define S $\n initial `S``system;",
        "initial $\\\nsystem;",
        '"//" initial $system;',
        '"/*" initial $system; "*/"',
        "wire \\x/* ; initial $system; wire \\y*/ ;",
        '"""a" initial $system; """',
        '"no end',
        "/* no end",
        "// comment\n initial $system;",
        "wire a\x00;",
        "$" + "x" * 1000,
    ],
)
def test_refused(text):
    with pytest.raises(SimulatorError, match=r"^mine.v, line \d+: .* is not allowed") as error:
        refuse_unsafe("mine.v", text.encode())
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("mark", ["/*", "*//", '"', "`include"])
def test_names_that_other_readers_could_take_for_more(mark):
    """By itself in an escaped name: all else in the text is allowed."""
    refuse_unsafe("mine.v", b"wire \\x ; wire \\y ;")
    with pytest.raises(SimulatorError, match=r"^mine.v, line 1: \\x.* is not allowed"):
        refuse_unsafe("mine.v", f"wire \\x{mark} ; wire a;".encode())


@pytest.mark.parametrize(
    "text",
    [
        "// $system and `include are fine in a comment",
        '/* import "DPI-C" */ wire a;',
        "wire a$b; assign a$b = $signed(a_i) >>> $clog2(8);",
        "`timescale 1ns/1ps\n`default_nettype none\n`define WIDTH 8\nwire [`WIDTH-1:0] w;\n`ifdef X\n`endif",
        'initial if (WIDTH < 2) $error("WIDTH must be 2 at least");',
        '(* keep = "true" *) wire k; wire \\odd+name ;',
        "wire \u00e9; // comment in Latin-1 or UTF-8",
    ],
)
def test_allowed(text):
    refuse_unsafe("mine.v", text.encode())


def test_line_of_the_refusal():
    with pytest.raises(SimulatorError, match=r"mine.v, line 3: \$system is"):
        refuse_unsafe("mine.v", b"module mine;\n/* two\n lines */ initial $system;")


@pytest.mark.parametrize("multiplier", defaults(), ids=lambda multiplier: multiplier.label)
def test_library_passes(multiplier):
    verilog = rtl(multiplier)
    refuse_unsafe("top.v", verilog.text.encode())
    for path in verilog.files:
        refuse_unsafe(path.name, path.read_bytes())


def test_refused_text_never_runs(tmp_path):
    owned = tmp_path / "owned"
    with pytest.raises(SimulatorError, match=r"\$system is not allowed"):
        verify(model(exact), rtl=verilog(f'initial $system("touch {owned}"); assign p_o = a_i * b_i;'))
    assert not owned.exists()
