"""Circuits in many styles are read as their authors meant them, and become multipliers that everything else knows."""

import numpy as np
import pytest
from verilog_samples import HEAD, NETLIST, SIGNED_BLOCK, STYLES, one

import importer._verilog
from cocotb_tests import stamp_of, verify
from importer import VerilogError, import_verilog
from multipliers import MultiplierError, UnknownMultiplierError, exhaustive, get, measure, rtl, with_signs

pytestmark = pytest.mark.filterwarnings("ignore::importer.ReadingWarning")
"""Most of these circuits are no multipliers, which is said of them: test_readings.py has that."""


def written(folder, text, name="sample.v"):
    path = folder / name
    path.write_text(text)
    return path


def reductions(a, b):
    bits = [a == 15, a > 0, parity(a), b < 15, b == 0, 1 - parity(b), a == 0, (a > 0) & (b > 0)]
    return sum(np.asarray(bit, int) << place for bit, place in zip(bits, range(7, -1, -1), strict=True))


def parity(x):
    return (x ^ x >> 1 ^ x >> 2 ^ x >> 3) & 1


JUDGES = {
    "ternary": lambda a, b: np.where(a > b, a - b, np.where(a == b, 200, a * 16 + b)),
    "reductions": reductions,
}


@pytest.mark.parametrize("style", STYLES)
def test_products_are_those_that_were_meant(style, tmp_path):
    text, judge = STYLES[style]
    multiplier = import_verilog(written(tmp_path, text), name="sample", simulate=False).multiplier
    pairs = exhaustive(multiplier)
    expected = (judge or JUDGES[style])(pairs.a, pairs.b)
    np.testing.assert_array_equal(multiplier(pairs.a, pairs.b), expected)


@pytest.mark.parametrize("text", [NETLIST, SIGNED_BLOCK], ids=["netlist", "signed block"])
def test_simulation_agrees_and_leaves_a_stamp(text, tmp_path):
    done = import_verilog(written(tmp_path, text))
    assert done.verification.passed
    assert done.verification.exhaustive
    found = get(done.multiplier.label)
    assert found.digest == done.multiplier.digest
    assert stamp_of(found).exhaustive


def test_where_simulation_and_gates_differ_nothing_is_imported(tmp_path, library, monkeypatch):
    read = importer._verilog.read_apart

    def broken(*arguments):
        circuit = read(*arguments)
        circuit["outputs"][0] = 0
        return circuit

    monkeypatch.setattr(importer._verilog, "read_apart", broken)
    sentence = r"differ on 128 of 256 pairs, first at a = 1, b = 1: 1 simulated, 0 evaluated"
    with pytest.raises(VerilogError, match=sentence):
        import_verilog(written(tmp_path, NETLIST))
    assert not library.exists()


def test_unsigned_circuits_take_signed_operands_by_magnitude(tmp_path):
    import_verilog(written(tmp_path, NETLIST), simulate=False)
    plain, signed = get("mul4u_netlist"), get("mul4u_netlists")
    assert int(signed(-3, 5)) == -int(plain(3, 5)) == -15
    assert with_signs(plain, True, True).digest == signed.digest
    assert verify(signed).passed


def test_signs_of_a_signed_circuit_stay(tmp_path):
    import_verilog(written(tmp_path, SIGNED_BLOCK), simulate=False)
    with pytest.raises(MultiplierError, match="signs are those of the circuit"):
        with_signs(get("mul_block"), False, True)


def test_ports_by_name_decide_the_operands(tmp_path):
    path = written(tmp_path, one("A * 2 + B"))
    straight = import_verilog(path, name="one", simulate=False).multiplier
    exchanged = import_verilog(path, a="B", b="A", name="two", simulate=False).multiplier
    assert (int(straight(3, 5)), int(exchanged(3, 5))) == (11, 13)


def test_what_a_name_stood_for_before_is_told_apart_by_hash(tmp_path):
    keys = [
        import_verilog(written(tmp_path, one(text)), simulate=False, name="twin").digest for text in ("A * B", "A & B", "A * B")
    ]
    assert keys[0] == keys[2] != keys[1]
    assert int(get("twin")(3, 5)) == 15
    assert int(get(f"twin@{keys[1][:8]}")(3, 5)) == 1
    chosen = get(f"twin@{keys[0][:8]}")
    assert int(chosen(3, 5)) == 15
    signed = with_signs(chosen, True, True)
    assert signed.label == f"twins@{keys[0][:8]}"
    assert get(signed.label).digest == signed.digest
    assert get(chosen.label).digest == chosen.digest
    assert rtl(signed).top == f"goldaxe_twins_{keys[0][:8]}"


def test_damaged_contents_are_refused_by_name(tmp_path, library):
    done = import_verilog(written(tmp_path, one("A * B")), simulate=False, name="fragile")
    (library / done.digest / "content.npz").write_bytes(b"damaged")
    with pytest.raises(
        UnknownMultiplierError, match=r"fragile@[0-9a-f]{8} is damaged .*: goldaxe import .*sample.v --name fragile"
    ):
        get("fragile")


def test_stated_figures_are_measured(tmp_path):
    done = import_verilog(written(tmp_path, NETLIST), simulate=False, published={"MAE%": "0.1"})
    assert {figure.metric: figure.reproduced for figure in done.figures} == {
        "MAE": True,
        "WCE": True,
        "EP%": True,
        "MSE": True,
        "MAE%": True,
    }
    wrong = import_verilog(written(tmp_path, NETLIST), simulate=False, published={"MAE": "0.26"})
    assert [figure.metric for figure in wrong.figures if not figure.reproduced] == ["MAE"]


@pytest.mark.parametrize(("stated", "reproduced"), [("0.1", True), ("0.098", True), ("0.0977", True), ("0.097", False)])
def test_figures_are_held_to_their_last_digit(stated, reproduced, tmp_path):
    done = import_verilog(written(tmp_path, NETLIST), simulate=False, published={"MAE%": stated})  # 0.09765625
    assert next(figure.reproduced for figure in done.figures if figure.metric == "MAE%") == reproduced


def test_wide_circuits_are_evaluated_without_a_table(tmp_path):
    text = "module wide(input signed [15:0] A, B, output signed [31:0] O); assign O = A * B; endmodule"
    multiplier = import_verilog(written(tmp_path, text), simulate=False).multiplier
    rng = np.random.default_rng(0)
    a, b = rng.integers(-(2**15), 2**15, (2, 1000))
    np.testing.assert_array_equal(multiplier(a, b), a * b)
    assert measure(get("wide"), samples=1000).wce == 0


@pytest.mark.parametrize("name", ["drum8_k4", "exact8us", "a b", "1x", "x" * 65])
def test_names_that_are_taken_or_no_labels(name, tmp_path):
    with pytest.raises(MultiplierError, match="the name "):
        import_verilog(written(tmp_path, one("A * B")), name=name, simulate=False)


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        (one("A * B"), {"top": "x"}, "no module 'x'; it has m"),
        (one("A * B"), {"a": "X"}, "line 1: no port 'X': m has inputs A, B and outputs O"),
        (one("A * B"), {"p": "A"}, "--a and --b are its two inputs and --p its output"),
        (HEAD.replace("A, B", "X, Y") + "assign O = X * Y; endmodule", {}, "which input is the activation a"),
        (one("A * B") + "\n" + one("A + B").replace(" m(", " n("), {}, "several modules could be meant, m, n"),
        ("module m(input [39:0] A, B, output [7:0] O); assign O = A; endmodule", {}, "operand A has 40 bits"),
        ("module m(input [3:0] A, B, C, output [7:0] O); assign O = A; endmodule", {}, "two inputs and one output"),
    ],
)
def test_which_module_and_which_ports(text, arguments, sentence, tmp_path, library):
    with pytest.raises(VerilogError, match=rf"^sample.v(, line \d+)?: .*{sentence}" if "line" not in sentence else sentence):
        import_verilog(written(tmp_path, text), **arguments)
    assert not library.exists()
