"""And-inverter graphs against integers, the solver against known answers, references against golden models."""

import subprocess
from importlib.resources import files

import numpy as np
import pytest

from goldaxe.formal import FormalError, _solver
from goldaxe.formal._aig import Aig, packed, read_aiger, unpacked
from goldaxe.formal._cases import _leading, by_cases
from goldaxe.formal._elaborate import elaborate
from goldaxe.formal._induction import by_induction
from goldaxe.formal._references import REFERENCES, parts, reference_of, terms_of
from goldaxe.formal._solver import DIFFERENT, EQUAL, UNDECIDED, compare
from goldaxe.formal._tools import abc
from multipliers import Multiplier, Rtl, exhaustive, families, get, rtl, to_bits

pytestmark = pytest.mark.usefixtures("yosys")

PARAMETERS = {
    "truncated_columns": {"v": 5},
    "broken_array": {"h": 2, "v": 4},
    "truncated_operands": {"t": 2},
    "perforation": {"j": 1, "k": 3},
    "drum": {"k": 3},
}
SIGNS = [(False, False), (True, True), (False, True)]
PORTS = "input wire [3:0] a_i, input wire [3:0] b_i, output wire [7:0] p_o"


def variant(name: str, width: int = 6, signs: tuple[bool, bool] = (False, False)) -> Multiplier:
    return get(name, width=width, a_signed=signs[0], b_signed=signs[1], **PARAMETERS.get(name, {}))


def products(circuit: Aig, multiplier: Multiplier) -> tuple[np.ndarray, np.ndarray]:
    """Bit patterns that a circuit gives for all operand pairs, and those of the golden model."""
    pairs = exhaustive(multiplier)
    inputs = [
        packed(to_bits(pairs.a, multiplier.a), multiplier.a.width),
        packed(to_bits(pairs.b, multiplier.b), multiplier.b.width),
    ]
    came = unpacked(circuit.simulate(np.concatenate(inputs)), len(pairs.a))
    return came, to_bits(multiplier(pairs.a, pairs.b), multiplier.p)


def adder(width: int, subtract: bool = False) -> Aig:
    aig = Aig(2 * width)
    words = [[aig.input(low + bit) for bit in range(width)] for low in (0, width)]
    aig.outputs = aig.subtract(*words) if subtract else aig.add(*words)
    return aig


@pytest.mark.parametrize("subtract", [False, True])
def test_sums_are_those_of_integers(subtract: bool) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 1 << 9, (2, 1000))
    came = unpacked(adder(9, subtract).simulate(np.concatenate([packed(x, 9), packed(y, 9)])), 1000)
    assert (came == ((x - y if subtract else x + y) & 511)).all()


def test_gates_are_truth_tables() -> None:
    aig = Aig(2)
    x, y = aig.input(0), aig.input(1)
    aig.outputs = [
        aig.and_(x, y),
        aig.xor(x, y),
        aig.and_(x, 1),
        aig.and_(x, 0),
        aig.and_(x, x),
        aig.and_(x, x ^ 1),
        aig.xor(x, 1),
    ]
    assert len(aig.gates) == 3, "the constants and repetitions are no gates"
    bits = np.array([[int(bit) for bit in "0011"], [int(bit) for bit in "0101"]])
    words = aig.simulate(np.concatenate([packed(row, 1) for row in bits]))
    shown = ["".join(map(str, unpacked(row[None], 4))) for row in words]
    assert shown == ["0001", "0110", "0011", "0000", "0011", "0000", "1100"]


def test_written_circuits_are_what_abc_reads(tmp_path) -> None:
    (tmp_path / "sum.aig").write_bytes(adder(70).aiger())
    command = "read sum.aig; print_stats; strash; write_aiger -s again.aig; cec sum.aig"
    said = subprocess.run([abc(), "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "i/o =  140/   70" in said
    assert "equivalent" in said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("reg [7:0] r; always @(posedge a_i[0]) r <= b_i; assign p_o = r;", "registers"),
        ("reg [7:0] r; always @* if (a_i[0]) r = b_i; assign p_o = r;", "cannot elaborate it: ERROR: Unsupported cell type"),
        ("assign p_o[6:0] = a_i * b_i;", "bits that nothing drives"),
        ("wire w; assign p_o = a_i * b_i + w;", "bits that nothing drives"),
        ("assign p_o = a_i[0] ? 8'bx : a_i * b_i;", "bits that nothing drives"),
        ("wire w = ~w & a_i[0]; assign p_o = {8{w}};", "loop"),
        ("assign p_o = ;", "ERROR: syntax error"),
        ("missing u (a_i);", "missing"),
    ],
)
def test_what_is_no_function_is_refused_in_one_sentence(body: str, said: str) -> None:
    with pytest.raises(FormalError, match=said) as error:
        elaborate(Rtl("t", f"module t({PORTS}); {body} endmodule\n", ()), get("exact4"), schoolbook=False)
    assert "\n" not in str(error.value)


def test_top_is_a_plain_name() -> None:
    with pytest.raises(FormalError, match="no module name"):
        elaborate(Rtl("t; shell x", "", ()), get("exact4"), schoolbook=False)


def test_broken_aiger_is_refused() -> None:
    with pytest.raises(FormalError, match="signal flow"):
        read_aiger("aag 3 1 0 1 2\n2\n4\n4 6 2\n6 4 2\ni0 a\no0 p\n", ["a"], ["p"])


def decoded(data: bytes) -> list[tuple[int, int]]:
    """Gates of a binary AIGER file, by the format's definition: deltas of seven bits to a byte, lowest first."""
    header, *_ = data.split(b"\n", 1)
    _, inputs, _, outputs, gates = map(int, header.split()[1:])
    rest = data.split(b"\n", 1 + outputs)[-1]
    deltas, value, shift = [], 0, 0
    for byte in rest:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            deltas.append(value)
            value, shift = 0, 0
    found = []
    for index in range(gates):
        y = 2 * (1 + inputs + index) - deltas[2 * index]
        found.append((y - deltas[2 * index + 1], y))
    return found


def test_written_circuits_of_many_gates_are_read_back() -> None:
    """Of 65 inputs, with a delta of 128, the first that takes two bytes."""
    aig = Aig(65)
    for index in range(64):
        aig.outputs.append(aig.and_(aig.input(index), aig.input(index + 1) ^ 1))
    aig.outputs.append(aig.and_(aig.outputs[0], aig.outputs[-1]))
    aig.outputs.append(aig.and_(aig.input(0), aig.input(64)))
    assert decoded(aig.aiger()) == aig.gates
    assert 128 in [y - x for x, y in aig.gates]


def test_circuits_are_read_with_their_inverters() -> None:
    """A NOR, whose operands and ports come in another order than is asked for, and its inverse."""
    text = "aag 3 2 0 2 1\n2\n4\n6\n7\n6 5 3\ni0 b\ni1 a\no0 p\no1 q\n"
    aig = read_aiger(text, ["a", "b"], ["q", "p"])
    words = aig.simulate(np.concatenate([packed(np.array(row), 1) for row in ([0, 0, 1, 1], [0, 1, 0, 1])]))
    assert [unpacked(row[None], 4).tolist() for row in words] == [[0, 1, 1, 1], [1, 0, 0, 0]]


def test_registers_are_refused() -> None:
    with pytest.raises(FormalError, match="the design has 1 registers"):
        read_aiger("aag 2 1 1 1 0\n2\n4 2\n4\ni0 a\nl0 r\no0 p\n", ["a"], ["p"])


def test_solver_knows_equal_different_and_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong = adder(8), adder(8)
    needle = wrong.input(0)
    for index in range(1, 16):
        needle = wrong.and_(needle, wrong.input(index) ^ (index % 3 == 0))
    wrong.outputs[5] = wrong.xor(wrong.outputs[5], needle)
    assert compare(right, adder(8), 20).verdict == EQUAL
    answer = compare(right, wrong, 20)
    assert (answer.verdict, answer.inputs) == (DIFFERENT, tuple(int(index % 3 != 0 or index == 0) for index in range(16)))
    assert compare(right, wrong, 0).verdict == UNDECIDED
    hard = elaborate(rtl(get("truncated_columns12_v7")), get("truncated_columns12_v7"), schoolbook=False)
    other = elaborate(reference_of(get("truncated_columns12_v7"))[1], get("truncated_columns12_v7"), schoolbook=False)
    assert compare(hard, other, 0.3).verdict == UNDECIDED
    monkeypatch.setattr(_solver, "run_abc", lambda *_: "UNDECIDED      Time =     1.00 sec")
    assert compare(right, right, 20).verdict == UNDECIDED
    monkeypatch.setattr(_solver, "run_abc", lambda *_: "Segmentation fault")
    with pytest.raises(FormalError, match="no answer: Segmentation fault"):
        compare(right, wrong, 20)


@pytest.mark.parametrize("signs", SIGNS, ids=["", "s", "us"])
@pytest.mark.parametrize("name", REFERENCES)
def test_reference_and_design_are_the_golden_model(name: str, signs: tuple[bool, bool]) -> None:
    """On all pairs of 6 bits: the references, both ways of elaborating `*`, and the reader."""
    multiplier = variant(name, signs=signs)
    for source, schoolbook in ((reference_of(multiplier)[1], True), (rtl(multiplier), False)):
        came, expected = products(elaborate(source, multiplier, schoolbook=schoolbook), multiplier)
        assert (came == expected).all()


@pytest.mark.parametrize("name", REFERENCES)
def test_reference_shares_nothing_with_the_design(name: str) -> None:
    multiplier = variant(name, signs=(True, True))
    reference = reference_of(multiplier)[1]
    own = files("rtl") / "multipliers" / f"{name}.v"
    assert [path.name for path in reference.files] == [f"{name}.v"]
    assert reference.files[0].read_text() != own.read_text()
    assert not any(path.is_relative_to(str(files("rtl"))) for path in reference.files)
    split = parts(multiplier)
    assert (split is None) == families()[name].native_signs
    if split:
        assert split[0] == variant(name)
        assert split[1].files[0] == reference.files[0]


@pytest.mark.parametrize("name", [name for name, form in REFERENCES.items() if form.digit])
def test_induction_proves_the_design_and_not_a_wrong_one(name: str) -> None:
    multiplier = variant(name, width=4)
    form, source = reference_of(multiplier)
    design, reference = (elaborate(one, multiplier, schoolbook=True) for one in (rtl(multiplier), source))
    terms = elaborate(terms_of(multiplier), multiplier, schoolbook=True, outputs=("plus_o", "minus_o"))
    later = 1e9
    result = by_induction(design, reference, terms, multiplier, form, later)
    assert (result.verdict, result.checks) == (EQUAL, 1 + 3 * (1 + 4 // form.digit))
    assert by_induction(design, reference, terms, multiplier, form, 0).verdict == UNDECIDED
    if name == "udm":  # one wrong product, in the design, at its zero, and in the reference
        result = by_induction(needle(design, 11, 13), reference, terms, multiplier, form, later)
        assert result.verdict == DIFFERENT
        assert (11, 13) in result.suspects
        for wrong in ((needle(design, 0, 13), reference), (design, needle(reference, 11, 13))):
            assert by_induction(*wrong, terms, multiplier, form, later).verdict == DIFFERENT


def needle(circuit: Aig, a: int, b: int) -> Aig:
    """The circuit with one wrong product."""
    aig = Aig(circuit.inputs)
    inputs = [aig.input(bit) for bit in range(circuit.inputs)]
    aig.outputs = aig.place(circuit, inputs)
    found = 1
    for bit, literal in enumerate(inputs):
        found = aig.and_(found, literal ^ 1 ^ ((a | b << circuit.inputs // 2) >> bit & 1))
    aig.outputs[3] = aig.xor(aig.outputs[3], found)
    return aig


def test_cases_prove_the_design_and_not_a_wrong_one() -> None:
    multiplier = variant("drum")
    design, reference = (elaborate(one, multiplier, schoolbook=True) for one in (rtl(multiplier), reference_of(multiplier)[1]))
    assert by_cases(design, reference, multiplier, 1e9).checks == 9
    for pair in ((37, 45), (3, 5), (0, 63)):
        result = by_cases(needle(design, *pair), reference, multiplier, 1e9)
        assert (result.verdict, result.suspects) == (DIFFERENT, (pair,))
    assert by_cases(design, reference, multiplier, 0).verdict == UNDECIDED


@pytest.mark.parametrize("width", [2, 4, 5, 16])
def test_cases_are_all_operands_and_none_twice(width: int) -> None:
    values = [
        sum((bit or 0) << index for index, bit in enumerate(case)) + free
        for case in _leading(width)
        for free in range(1 << case.count(None))
    ]
    assert sorted(values) == list(range(1 << width))
