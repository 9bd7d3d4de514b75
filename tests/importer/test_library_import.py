"""A library's folder: many files, standard cells that they do not define, and the figures that are printed in them."""

import itertools
import json
import subprocess
import sys

import numpy as np
import pytest
from verilog_samples import HEAD, NETLIST, one

from importer import VerilogError, import_many, import_verilog, verilog_files
from importer._cells import CELLS
from importer._design import read
from importer._published import compared
from multipliers import get, measure, measure_all

pytestmark = pytest.mark.filterwarnings("ignore::importer.ReadingWarning")
"""Most of these circuits are no multipliers, which is said of them: test_readings.py has that."""

SUM = """
module mul4s_SUM(A, B, O);
  input [3:0] A;
  input [3:0] B;
  output [7:0] O;
  wire [3:0] s, c;
  HAX1 U0 (.A(A[0]), .B(B[0]), .YS(s[0]), .YC(c[0]));
  FAX1 U1 (.A(A[1]), .B(B[1]), .C(c[0]), .YS(s[1]), .YC(c[1]));
  FAX1 U2 (.YC(c[2]), .A(A[2]), .B(B[2]), .C(c[1]), .YS(s[2]));
  FAX1 U3 (.A(A[3]), .B(B[3]), .C(c[2]), .YS(s[3]), .YC(c[3]));
  assign O = {{3{c[3]}}, c[3], s};
endmodule
"""

GATES = {
    "AND": lambda *pins: int(all(pins)),
    "OR": lambda *pins: int(any(pins)),
    "XOR": lambda *pins: sum(pins) % 2,
    "AOI": lambda *pins: 1 - int(any(all(group) for group in groups(pins))),
    "OAI": lambda *pins: 1 - int(all(any(group) for group in groups(pins))),
    "BUF": lambda a: a,
    "CLKBUF": lambda a: a,
    "INV": lambda a: 1 - a,
    "MUX": lambda a, b, s: 1 - (a if s else b),  # the OSU libraries' multiplexer inverts
}


def groups(pins):
    return pins[:2], pins[2:]


def expected(cell, pins):
    """Outputs by pin of a cell, by what its name says."""
    name = cell.rstrip("0123456789").removesuffix("X").rstrip("0123456789")
    if name in ("FA", "HA"):
        return {"YS": sum(pins) % 2, "YC": sum(pins) // 2}
    if name in ("NAND", "NOR", "XNOR"):
        return {"Y": 1 - GATES[{"NAND": "AND", "NOR": "OR", "XNOR": "XOR"}[name]](*pins)}
    return {"Y": GATES[name](*pins)}


@pytest.mark.parametrize("cell", CELLS)
def test_standard_cells_are_what_their_names_say(cell):
    inputs = {"MUX2X1": "ABS"}.get(cell) or "ABCD"[: {"F": 3, "H": 2}.get(cell[0]) or sum(map(int, digits(cell)))]
    outputs = ("YS", "YC") if cell in ("FAX1", "HAX1") else ("Y",)
    pins = [f".{pin}(A[{index}])" for index, pin in enumerate(inputs)]
    pins += [f".{pin}(O[{index}])" for index, pin in enumerate(outputs)]
    text = f"{HEAD}{cell} u({', '.join(pins)}); assign O[7:{len(outputs)}] = 0; endmodule"
    circuit = read("t.v", text, None, (None, None, None))
    assert circuit["cells"] == [cell]
    for values in itertools.product((0, 1), repeat=len(inputs)):
        signals = [0, 1, *values, *[0] * (8 - len(values))]
        for kind, x, y in circuit["gates"]:
            signals.append((signals[x] & signals[y], signals[x] | signals[y], signals[x] ^ signals[y])[kind])
        got = {pin: signals[circuit["outputs"][index]] for index, pin in enumerate(outputs)}
        assert got == expected(cell, values), values


def digits(cell):
    size = cell.split("X")[-2] if "X" in cell[1:] else cell
    return [digit for digit in size if digit.isdigit()] if not cell.startswith(("CLKBUF", "INV", "BUF")) else ["1"]


def test_cells_are_simulated_too_and_the_name_says_signed(tmp_path):
    path = tmp_path / "mul4s_SUM.v"
    path.write_text(SUM)
    done = import_verilog(path, published={"WCE": "80"})
    assert done.cells == ("HAX1", "FAX1")
    assert done.verification.exhaustive
    assert done.multiplier.a.signed
    assert int(get("mul4s_SUM")(7, -8)) == 15  # 0111 + 1000, the carry as sign
    assert [figure.metric for figure in done.figures if figure.reproduced] == ["WCE"]
    assert not import_verilog(path, signed=False, simulate=False).multiplier.a.signed


def test_a_cell_that_the_file_defines_is_the_file_s(tmp_path):
    path = tmp_path / "t.v"
    path.write_text(
        f"{HEAD}INVX1 u(A[0], O[0]); assign O[7:1] = 0; endmodule\nmodule INVX1(input a, output y); assign y = a; endmodule"
    )
    done = import_verilog(path, simulate=False)
    assert (done.cells, int(done.multiplier(1, 0))) == ((), 1)


def test_unknown_cells_are_named(tmp_path):
    path = tmp_path / "t.v"
    path.write_text(f"{HEAD}sky130_fd_sc_hd__inv_1 u(A[0], O[0]); endmodule")
    with pytest.raises(VerilogError, match=r"unknown module 'sky130_fd_sc_hd__inv_1', which has to be in the same file"):
        import_verilog(path)


def test_a_folder_is_imported_but_for_what_is_refused(tmp_path, library):
    folder = tmp_path / "lib" / "pareto"
    folder.mkdir(parents=True)
    for name, text in (("good", NETLIST), ("twin", NETLIST.replace("mul4u_netlist", "twin")), ("bad", "module x")):
        (folder / f"{name}.v").write_text(text)
    (folder / "notes.txt").write_text("not Verilog")
    program = (sys.executable, "-c", "from goldaxe.cli import main; main()", "import", str(tmp_path / "lib"))
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "")
    assert "2 of 3 files imported, RTL equal to model in each; of 8 published figures 8 reproduced" in done.stdout
    assert "refused: bad.v, line 1: " in done.stdout
    assert len(list(library.glob("*/source.v"))) == 2
    attempts = json.loads(subprocess.run([*program, "--json"], capture_output=True, check=False).stdout)
    assert [("error" in attempt, attempt["path"][-6:]) for attempt in attempts] == [
        (True, "/bad.v"),
        (False, "good.v"),
        (False, "twin.v"),
    ]
    refused = subprocess.run([*program, "--top", "m"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (2, "error: --top is for one file, and 1 or a folder are given\n")


def test_folders_and_files_that_are_not_there(tmp_path):
    with pytest.raises(VerilogError, match=r"the folder '.*' has no .v or .sv files"):
        verilog_files([tmp_path])
    (attempt,) = import_many([tmp_path / "none.v"])
    assert attempt.error.startswith("cannot read ")
    assert attempt.error.endswith("none.v': No such file or directory")


LABELS = ["drum8_k4", "mitchell8s", "roba6us", "exact4", "truncated_columns8su_v7", "compressor_tree8_c1"]


@pytest.mark.parametrize("label", LABELS)
def test_all_pairs_in_blocks_are_all_pairs(label, monkeypatch):
    multiplier, shares = get(label), []
    monkeypatch.setattr("multipliers._all_pairs._BLOCK", 3 * multiplier.b.codes)  # the last block is a smaller one
    blocks, whole = measure_all(multiplier, shares.append), measure(multiplier)
    for name, value in vars(whole).items():
        assert getattr(blocks, name) == pytest.approx(value, rel=1e-12), name
    assert shares[-1] == 1
    assert len(shares) == -(-multiplier.a.codes // 3)


def test_wide_figures_are_measured_on_all_pairs(tmp_path):
    """11 x 11 bits, of which a sample of a million finds no pair that is wrong."""
    path = tmp_path / "wide.v"
    text = "module wide(input [10:0] A, B, output [21:0] O); assign O = A * B + (&A & &B); endmodule"
    path.write_text(f"// MAE = {1 / (1 << 22):.20f}\n// WCE = 1\n// MSE = 0\n{text}")
    done = import_verilog(path, simulate=False)
    assert [(figure.metric, figure.reproduced) for figure in done.figures] == [("MAE", True), ("WCE", True), ("MSE", True)]
    assert done.metrics.vectors == 1 << 22
    assert done.metrics.mse == pytest.approx(1 / (1 << 22))


def test_a_sample_confirms_nothing_but_can_refute(tmp_path):
    metrics = measure(get("drum12_k4"), samples=1000)
    figures = compared({"MAE": "1", "WCE": "1", "WCRE%": "99"}, metrics)
    assert [figure.reproduced for figure in figures] == [None, False, None]


def test_percentages_may_be_those_of_the_printed_figure(tmp_path):
    """As EvoApproxLib prints mul8s_1KVA: MAE = 1.2 for 1.25, and MAE% = 0.0018 for what is 0.0019 of 65,536."""
    text = "module m(input [7:0] A, B, output [15:0] O); assign O = A * B + 1 + (A[1:0] == 0); endmodule"
    path = tmp_path / "m.v"
    path.write_text(text)
    for mae, percent, verdicts in (
        ("1.2", "0.0018", [True, True]),
        ("1.1", "0.0017", [False, False]),
        ("1.2", "0.0017", [True, False]),
    ):
        done = import_verilog(path, simulate=False, published={"MAE": mae, "MAE%": percent})
        assert [figure.reproduced for figure in done.figures] == verdicts, (mae, percent)
    np.testing.assert_allclose(done.metrics.mae, 1.25)


@pytest.mark.parametrize("value", ["nan", "Infinity", "1e", "-"])
def test_figures_that_are_no_numbers(value, tmp_path):
    path = tmp_path / "m.v"
    path.write_text(one("A * B"))
    with pytest.raises(ValueError, match=f"published figure MAE = '{value}' is no number"):
        import_verilog(path, simulate=False, published={"MAE": value})
