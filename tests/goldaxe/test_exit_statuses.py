"""How a command ends, whatever command it is."""

import sys
import warnings

import pytest

import goldaxe.cli
from cocotb_tests import SimulatorError, ToolchainError
from goldaxe import _ending


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (BrokenPipeError(), 0, ""),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (ValueError("T[b, a] of [red]"), 2, "error: T[b, a] of [red]\n"),
        (OSError("no [file]"), 2, "error: no [file]\n"),
        (ToolchainError("no g++"), 2, "error: no g++\n"),
        (SimulatorError("no end"), 2, "error: no end\n"),
    ],
    ids=lambda case: type(case).__name__,
)
def test_each_kind_of_error_has_its_status(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def app() -> None:
        raise error

    monkeypatch.setattr(goldaxe.cli, "app", app)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    monkeypatch.setattr(_ending._Told, "printed", False)
    with pytest.raises(SystemExit) as ended:
        goldaxe.cli.main()
    assert ended.value.code == status
    assert capfd.readouterr().err == said
    assert sys.exc_info() == (None, None, None)
