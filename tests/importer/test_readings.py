"""What a multiplier's bits could mean otherwise is measured and said, and no real circuit or family of ours is accused."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
from evoapprox8 import circuits
from verilog_samples import one

from importer import ReadingWarning, examine, import_table, import_verilog
from multipliers import defaults, get

CODES = np.arange(256)


def by_bits(name):
    """The table of a circuit by bit patterns."""
    table = circuits()[name]
    return np.roll(table, (128, 128), (0, 1)) if name.startswith("mul8s") else table


@pytest.mark.parametrize("name", circuits())
def test_no_circuit_is_accused_and_each_misreading_is(name):
    signed, table = name.startswith("mul8s"), by_bits(name)
    right = "--signed" if signed else "--unsigned"
    import_table(table, order="ab", signed=signed, name="right")
    folded = table % 65536 if signed else (table + 32768) % 65536 - 32768
    for bits in (table, folded):
        with pytest.warns(ReadingWarning, match=f"import it with {right}$"):
            import_table(bits, order="ab", signed=not signed, name="wrong")
    with pytest.warns(ReadingWarning, match="by-value" if signed else "shifted unsigned"):
        import_table(np.roll(table, (128, 128), (0, 1)), order="ab", signed=signed, name="shifted")
    with pytest.warns(ReadingWarning, match=f"{right} without --by-value"):
        import_table(table, order="ab", signed=True, by_value=True, name="values")
    with pytest.warns(ReadingWarning, match="no option reads its operands so"):
        import_table(np.roll(table, 128, 0), order="ab", signed=signed, name="rows")


@pytest.mark.parametrize("multiplier", defaults(), ids=lambda one: one.label)
def test_no_family_is_accused(multiplier):
    assert examine(multiplier).warnings == ()


def test_notes_count_what_is_true():
    assert examine(get("exact8")).notes == ()
    notes = examine(import_table(by_bits("mul8u_2HH"), order="ab", signed=False, name="mine")).notes
    assert notes == (
        "511 of 511 products with zero are not 0",
        "not commutative: 54,832 of 65,536 products change if the operands are exchanged",
    )
    notes = examine(import_table(by_bits("mul8s_1KX2"), order="ab", signed=True, name="other")).notes
    assert notes == ("43 of 65,025 non-zero products have the wrong sign",)


SIGNED = "module m(input [7:0] A, B, output [15:0] O); assign O = $signed(A) * $signed(B); endmodule"

VERILOG = {
    "signed behind unsigned ports": (SIGNED, r"of signed operands .*\(mean error 0\) .* \(32,512\): import it with --signed"),
    "adder": (one("A + B"), r"the sum a \+ b \(mean error 0\)"),
    "lower-part-OR adder": (one("{{1'b0, A[3:2]} + {1'b0, B[3:2]}, A[1:0] | B[1:0]}"), r"the sum a \+ b"),
    "shifted product": (one("(A * B) >> 3"), r"a \* b >> 3 \(mean error 0\)"),
    "zero": (one("0"), "is no smaller than that of a product that is always 0"),
}


@pytest.mark.parametrize("name", VERILOG)
def test_circuits_that_are_something_else(name, tmp_path):
    text, sentence = VERILOG[name]
    (tmp_path / "m.v").write_text(text)
    with pytest.warns(ReadingWarning, match=sentence):
        done = import_verilog(tmp_path / "m.v", simulate=False)
    assert len(done.examined.warnings) == 1


def test_the_option_that_is_named_is_right(tmp_path):
    (tmp_path / "m.v").write_text(SIGNED)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = import_verilog(tmp_path / "m.v", signed=True, simulate=False)
    assert done.metrics.mae == 0
    assert (done.simulated, done.label.endswith(" (not simulated)")) == (False, True)


def test_wide_circuits_are_sampled(tmp_path):
    (tmp_path / "m.v").write_text(SIGNED.replace("7:0", "11:0").replace("15:0", "23:0"))
    with pytest.warns(ReadingWarning, match=r"import it with --signed \(in a sample\)"):
        import_verilog(tmp_path / "m.v", simulate=False)


def test_page_and_json_say_it(tmp_path):
    np.save(tmp_path / "sum.npy", np.add.outer(np.arange(16), np.arange(16)))
    program = (sys.executable, "-c", "from goldaxe.cli import main; main()", "import", str(tmp_path / "sum.npy"))
    options = ("--order", "ab", "--unsigned")
    page = subprocess.run([*program, *options], capture_output=True, text=True, check=True)
    assert "warning: its products are closer to the sum a + b (mean error 0)" in page.stdout
    assert page.stderr == ""
    (said,) = json.loads(subprocess.run([*program, *options, "--json"], capture_output=True, check=True).stdout)["warnings"]
    assert said in page.stdout
