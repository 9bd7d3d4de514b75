"""The command line on operands of more than 8 bits: plans, accuracies, the warning, and ranges that are told."""

import json
import sys
import warnings

import pytest

from goldaxe.cli import main
from pysim.kernels.wide import slowness


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output, and standard error in one line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["goldaxe", *map(str, arguments)])
        patch.setattr(warnings, "showwarning", warnings.showwarning)  # main's own is undone with it
        with pytest.raises(SystemExit) as stop:
            main()
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, " ".join(err.split())


def test_plan_tells_closed_forms_and_functional_multipliers(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("exact12", "drum16_k4", "mitchell12")
    rows = json.loads(run(capsys, "plan", *names, "--bits", 12, "--json")[1])
    assert [(row["kind"], row["planes"]) for row in rows] == [("closed form", 4), ("closed form", 4), ("functional", 0)]
    assert [row["checked"].split(",")[0] for row in rows] == ["sampled", "sampled", "by definition"]
    assert (rows[2]["dense_kernel"], rows[2]["slower_than_float32"] > 1) == ("table", True)
    status, out, _ = run(capsys, "plan", "drum9_k4", "mitchell16", "--bits", 9)
    assert status == 0
    assert "drum9us_k4: the closed form equals the model (exhaustive, 261,632 vectors)" in out
    assert "mitchell16us: no closed form; products are computed one by one, about" in out


@pytest.mark.filterwarnings("default:no fast kernel")
def test_evaluate_on_wide_codes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The 12-bit exact baseline loses nothing to float; a multiplier without a closed form says that it is slow."""
    monkeypatch.setattr(slowness, "slowdown", lambda *_: 321.0)
    monkeypatch.setattr(slowness, "_warned", set())
    command = ("evaluate", "mnist-gru", "--images", 20, "--activation-bits", 12, "--weight-bits", 10, "--json")
    status, out, err = run(capsys, *command, "--multiplier", "mitchell16")
    (result,) = json.loads(out)
    assert (status, result["used"], result["exact"]) == (0, "mitchell16us", "exact12us")
    assert result["exact_correct"] == result["float_correct"]
    assert err.count("no fast kernel for mitchell16us of 4,096 by 1,023 codes") == 1
    assert "no fast kernel for exact" not in err


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("plan", "exact16", "--bits", 17), "activation_bits = 17 is not allowed; use 2 to 16"),
        (("plan", "exact12", "--bits", 13), "activation_bits = 13 does not fit the 12-bit operand of exact12; use 2 to 12"),
        (("evaluate", "mnist-gru", "-m", "exact8", "--weight-bits", 9), "the 8-bit operand of exact8; use 2 to 8"),
    ],
)
def test_bits_that_do_not_fit(command: tuple[object, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, *command)
    assert status == 2
    assert message in err
    assert "Traceback" not in err
