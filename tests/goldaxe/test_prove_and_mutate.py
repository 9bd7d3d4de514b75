"""`goldaxe prove` and `goldaxe mutate`: what they prove, find, count and say."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from goldaxe.cli import main
from goldaxe.formal import FormalError, _induction, _mutants, _mutate, _prove, _references, _tools, mutate, prove
from goldaxe.formal._solver import UNDECIDED, Answer
from multipliers import MultiplierError, Rtl, get, rtl

pytestmark = pytest.mark.usefixtures("yosys")


def edited(label: str, folder: Path, name: str, old: str, new: str) -> Rtl:
    """A multiplier's Verilog with one change in one file."""
    original = rtl(get(label))
    paths = []
    for path in original.files:
        text = path.read_text()
        paths.append(folder / path.name)
        assert path.name != name or text.count(old) == 1
        paths[-1].write_text(text.replace(old, new) if path.name == name else text)
    return replace(original, files=tuple(paths))


@pytest.mark.parametrize(
    ("label", "method"),
    [
        ("exact16us", "whole"),
        ("exact10s", "induction over a"),
        ("exact12us", "whole"),
        ("truncated_columns10_v7", "induction over b"),
        ("truncated_operands8us_t4", "induction over b; signs apart"),
    ],
)
def test_designs_are_proved(label: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if method != "whole":
        monkeypatch.setattr(_prove, "_DIRECT", 0)
    proof = prove(label)
    assert (proof.verdict, proof.method, proof.counterexample) == ("proved", method, None)
    assert proof.rtl == rtl(get(label)).digest


def test_one_wrong_product_of_2_to_the_24_is_found_by_the_solver(tmp_path: Path) -> None:
    body = "assign p_o = a_i == 12'd3000 && b_i == 12'd1717 ? 24'd5150999 : a_i * b_i;"
    text = f"module mine(input wire [11:0] a_i, input wire [11:0] b_i, output wire [23:0] p_o);\n{body}\nendmodule\n"
    proof = prove("exact12", rtl=Rtl("mine", text, ()))
    found = proof.counterexample
    assert found is not None
    assert (proof.verdict, proof.method) == ("refuted", "whole")
    assert (found.a, found.b, found.rtl, found.model, found.found_by) == (3000, 1717, 5150999, 3000 * 1717, "solver")


@pytest.mark.parametrize(("share", "method"), [(0.9, "whole"), (0, "induction over b")])
def test_one_wrong_product_of_an_array_is_found(
    share: float, method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_prove, "_DIRECT", share)
    old, new = "u_sum (.words_i(rows), .sum_o(p_o));", "u_sum (.words_i(rows), .sum_o(s));"
    wrong = edited("truncated_columns12_v7", tmp_path, "truncated_columns.v", old, f"{new} wire [23:0] s; {NEEDLE}")
    proof = prove("truncated_columns12_v7", rtl=wrong)
    found = proof.counterexample
    assert found is not None
    assert (proof.verdict, proof.method) == ("refuted", method)
    assert (found.a, found.b, found.rtl ^ found.model, found.found_by) == (3000, 1717, 8, "solver")


NEEDLE = "assign p_o = s ^ {20'd0, a_i == 12'd3000 && b_i == 12'd1717, 3'd0};"


@pytest.mark.parametrize(
    ("name", "old", "new", "pair"),
    [
        # one negated product of two primes comes out wrong
        (
            "apply_sign.v",
            "negative_i ? -magnitude_i",
            "negative_i ? -magnitude_i + (magnitude_i == 3989 * 1847)",
            (3989, -1847),
        ),
        # the core alone is wrong, for a size that only the most negative weight has
        ("truncated_operands.v", "assign p_o = {", "assign p_o = (a_i == 3000 & b_i == 2048) ^ {", (3000, -2048)),
    ],
)
def test_wrong_parts_of_signed_designs_are_found(
    name: str, old: str, new: str, pair: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = "truncated_operands12us_t0"
    plain = rtl
    folders = iter([tmp_path / str(index) for index in range(20)])

    def changed(multiplier):
        folder = next(folders)
        folder.mkdir()
        here = any(path.name == name for path in plain(multiplier).files)
        return edited(multiplier.label, folder, name, old, new) if here else plain(multiplier)

    monkeypatch.setattr(_prove, "rtl_of", changed)
    monkeypatch.setattr(_references, "rtl_of", changed)
    proof = prove(label, seconds=30)
    found = proof.counterexample
    assert found is not None
    assert (proof.verdict, found.a, found.b, found.found_by) == ("refuted", *pair, "solver")
    assert (found.model, abs(found.rtl - found.model)) == (pair[0] * pair[1], 1)


def test_plainly_wrong_designs_need_no_solver(tmp_path: Path) -> None:
    wrong = edited("truncated_columns16_v8", tmp_path, "truncated_columns.v", ".V(V)", ".V(V + 1)")
    proof = prove("truncated_columns16_v8", rtl=wrong)
    assert (proof.verdict, proof.method) == ("refuted", "simulation")
    found = proof.counterexample
    assert found is not None
    assert found.model == get("truncated_columns16_v8")(found.a, found.b) != found.rtl


def test_what_is_not_proved_is_not_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = prove("truncated_columns12_v7", seconds=0.5)
    assert (proof.verdict, proof.method, proof.proved) == ("not proved", "", False)
    monkeypatch.setattr(_induction, "compare", lambda *_: Answer(UNDECIDED))
    monkeypatch.setattr(_prove, "_DIRECT", 0)
    assert prove("truncated_columns4_v3").verdict == "not proved"
    monkeypatch.undo()
    assert prove("truncated_columns4_v0", against="exact4").proved
    assert prove("drum8_k4", against="exact8").verdict == "refuted"


def test_reference_that_is_not_the_model_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "exact.v").write_text((_references._FOLDER / "exact.v").read_text().replace("a * b", "a * b + 1"))
    monkeypatch.setattr(_references, "_FOLDER", tmp_path)
    with pytest.raises(FormalError, match="the reference of exact12 is not its model: 1, not 0, for a = 0, b = 0"):
        prove("exact12")


def test_mutants_are_killed_or_proved_equivalent() -> None:
    result = mutate("roba4", number=100, seed=3, simulate=3)
    assert len(result.mutants) == len({mutant.what for mutant in result.mutants}) == 100 < result.possible
    assert result.killed + result.equivalent == 100
    assert result.equivalent >= 1, "this seed draws one, with the Yosys that is pinned"
    assert result.agrees
    assert 0 < result.killed_by[10] < result.killed_by[100] <= result.killed_by[1000] <= result.killed
    simulated = [mutant for mutant in result.mutants if mutant.simulated is not None]
    assert len(simulated) == 3
    assert {mutant.differing > 0 for mutant in simulated} == {False, True}
    assert all(mutant.simulated == mutant.differing for mutant in simulated)
    assert min(mutant.differing for mutant in result.mutants if mutant.differing) in [one.differing for one in simulated]
    again = mutate("roba4", number=20, seed=3, simulate=0)
    assert [mutant.what for mutant in again.mutants] == [mutant.what for mutant in result.mutants[:20]]
    assert mutate("roba4", number=20, seed=4, simulate=0).mutants != again.mutants


def test_all_mutants_are_made_where_there_are_few() -> None:
    result = mutate("exact2", number=4096, simulate=0)
    assert len(result.mutants) == result.possible
    assert {what.split(" ", 1)[1] for what in (mutant.what for mutant in result.mutants)} == {*_mutants.MODES.values()}
    assert result.killed == result.possible, "an exact 2-bit multiplier has no redundant gate"


def test_disagreement_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(_mutate, "_by_bench", lambda possible, site: 1 << 20)
    assert not mutate("exact2", number=5, simulate=1).agrees
    assert run(monkeypatch, "mutate", "exact2", "--number", 5, "--simulate", 1) == 1
    assert "0 of 1" in capsys.readouterr().out


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["goldaxe", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "prove", "exact12", "--json") == 0
    (proof,) = json.loads(capsys.readouterr().out)
    assert (proof["label"], proof["verdict"], proof["method"], proof["reference"]) == ("exact12", "proved", "whole", "a * b")
    assert run(monkeypatch, "prove", "exact6", "udm6", "--against", "exact6") == 1
    shown = capsys.readouterr().out
    assert "1 of 2 proved for all operands" in shown
    assert "udm6: for a = 3, b = 3 the Verilog gives 7, the model 9 (by simulation)" in shown
    assert run(monkeypatch, "mutate", "exact2", "--number", 5, "--simulate", 0, "--json") == 0
    (mutation,) = json.loads(capsys.readouterr().out)
    assert (mutation["label"], mutation["killed"], mutation["pairs"], len(mutation["mutants"])) == ("exact2", 5, 16, 5)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("prove", "exatc12"), "did you mean"),
        (
            ("prove", "mitchell12"),
            "mitchell12 has no reference to be proved equal to; families that have one: broken_array, drum",
        ),
        (("prove", "exact12", "--seconds", 0), "seconds = 0.0 is not allowed"),
        (("prove", "exact12", "--against", "exact12s"), "exact12 cannot be compared with exact12s: their ports differ"),
        (("mutate", "exact12"), "too wide to try all pairs"),
        (("mutate", "exact4", "--number", 0), "number = 0 is not allowed"),
        (("mutate", "exact4", "--seed", -1), "seed = -1 is not allowed"),
        (("mutate", "exact4", "--number", 4, "--simulate", 5), "simulate = 5 is not allowed"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: tuple[object, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1


def test_without_yosys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tools, "find_spec", lambda name: None)
    _tools.abc.cache_clear()
    try:
        with pytest.raises(FormalError, match=r"Yosys, which is not installed: pip install 'goldaxe\[synth\]'"):
            prove("exact12")
        with pytest.raises(MultiplierError, match="without Verilog"):
            mutate(replace(get("exact2"), family=None))
    finally:
        _tools.abc.cache_clear()
