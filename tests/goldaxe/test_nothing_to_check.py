"""A check that had nothing to check has not passed: it is refused, in one sentence that says what is missing."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from test_command_line import run

from accelerator import lower, save
from accelerator.array._ports import Port
from accelerator.schedule import ArraySize
from cocotb_tests import lockstep, verify_many
from goldaxe._evaluate import evaluate
from goldaxe._integer_only import integer_only
from goldaxe._pareto import pareto
from goldaxe.cosim import cosimulate
from goldaxe.export import export
from goldaxe.formal import FormalError, Module, Recording, score
from importer import import_many
from multipliers import Rtl
from pysim import PysimError, approximate_
from pysim.train import Budget, Data, Loop

PORTS = (Port("clk_i", 1, False), Port("x_i", 1, False), Port("y_o", 1, True))
WIRE = Rtl(
    "wire_module", "module wire_module (input wire clk_i, input wire x_i, output wire y_o); assign y_o = x_i; endmodule", ()
)


@contextmanager
def refused(kind: type[Exception], sentence: str) -> Iterator[None]:
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        yield


@pytest.fixture(scope="module")
def program():
    """One linear layer's."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2))
    approximate_(model, "exact8us", calibration=[torch.randn(8, 3)])
    return lower(model, [torch.randn(8, 3)], name="small")


@pytest.mark.parametrize(
    "check",
    [
        lambda: evaluate("mnist-dscnn-small", []),
        lambda: integer_only("mnist-dscnn-small", []),
        lambda: pareto(multipliers=[]),
        lambda: verify_many([]),
    ],
)
def test_no_multipliers(check: Callable[[], object]) -> None:
    with refused(ValueError, "no multiplier was named"):
        check()


def test_no_files() -> None:
    with refused(ValueError, "no Verilog file was named"):
        import_many([])


@pytest.mark.parametrize(
    ("inputs", "expected", "why"),
    [
        (
            {"x_i": [0, 1]},
            {"y_o": [(0, 0), (1, 0)]},
            "no bit of any output counts in any cycle, so that nothing would be compared",
        ),
        ({"x_i": [0, 1]}, {}, "no bit of any output counts in any cycle, so that nothing would be compared"),
        ({"x_i": []}, {"y_o": []}, "no bit of any output counts in any cycle, so that nothing would be compared"),
        ({}, {}, "no bit of any output counts in any cycle, so that nothing would be compared"),
        ({"x_i": [0, 1]}, {"y_o": [(0, 1)]}, "as many cycles are needed of each port, not x_i 2, y_o 1"),
    ],
)
def test_lockstep_in_which_nothing_counts(inputs: dict, expected: dict, why: str) -> None:
    with refused(ValueError, f"wire_module: {why}"):
        lockstep(WIRE, inputs, expected)


def test_recordings_and_mutants_of_clocked_modules(yosys) -> None:
    with refused(FormalError, "recording r: no bit of any output counts in any cycle, so that nothing is compared"):
        Recording("r", {"x_i": [0]}, {"y_o": [(0, 0)]})
    module, seen = Module(WIRE, PORTS, {}), Recording("r", {"x_i": [0, 1]}, {"y_o": [(0, 1), (1, 1)]})
    with refused(FormalError, "wire_module: there is no recording for mutants to meet"):
        score(module, [])
    with refused(FormalError, "number = 0 is not allowed; 1 or more mutants can be made"):
        score(module, [seen], number=0)
    with refused(FormalError, "wire_module: its netlist has no gate or register, so that there is nothing to mutate"):
        score(module, [seen])


def test_a_multiplier_of_wires_alone(yosys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """The product is zero but for a's low bits: there is no gate that could be broken."""
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "wires.v").write_text(
        "module wires(input [1:0] A, input [1:0] B, output [3:0] P); assign P = {2'b0, A}; endmodule"
    )
    status, _, err = run(capsys, "mutate", str(tmp_path / "wires.v"))
    assert status == 2
    assert re.fullmatch(r"error: wires@[0-9a-f]{8}: its netlist has no gate, so that there is nothing to mutate\n", err)


def test_no_inputs(program, tmp_path: Path, capsys) -> None:
    none = torch.zeros(0, 3)
    with refused(ValueError, "small has no inputs, so that nothing would be compared"):
        cosimulate(program, none)
    with refused(ValueError, "0 inputs are not allowed: the test bench would compare nothing; use 1 or more"):
        export(program, none, tmp_path / "out")
    save(program, tmp_path / "small.safetensors")
    for images in ("0", "-1"):
        status, _, err = run(
            capsys, "export", str(tmp_path / "small.safetensors"), "-o", str(tmp_path / "out"), "--images", images
        )
        assert (status, err) == (2, f"error: images = {images} is not allowed; use 1 or more\n")
    assert not (tmp_path / "out").exists()


def test_no_operations(program, tmp_path: Path) -> None:
    empty = replace(program, operations=(), outputs=(program.input,))
    with refused(ValueError, "small has no operations, so that nothing would be compared"):
        cosimulate(empty, torch.zeros(1, 3))
    with refused(ValueError, "small has no products, which are what the test bench replays"):
        export(empty, torch.zeros(1, 3), tmp_path / "out")


def test_a_layer_whose_cycles_were_not_measured_is_not_equal(program) -> None:
    layer = cosimulate(program, torch.zeros(1, 3), size=ArraySize(2, 2), energy=False).layers[-1]
    assert layer.equal
    assert layer.cycles
    assert not replace(layer, measured=()).equal


def test_nothing_to_validate_on() -> None:
    x, y = torch.zeros(4, 3), torch.zeros(4, dtype=torch.long)
    with refused(PysimError, "there are no inputs to validate on"):
        Loop(torch.nn.Linear(3, 2), Data(x, y, (x[:0], y[:0])), Budget(1))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("verify", "exact8", "--samples", "0"), "samples = 0, seed = 0: at least one sample and a seed from 0 on are needed"),
        (("verify",), "name the multipliers to verify, or give --all for every default variant (not both)"),
        (("mutate", "exact2", "--number", "0"), "number = 0 is not allowed; 1 to 4,096 mutants can be made"),
        (("pareto", "--only"), "name at least one multiplier"),
        (("cosim", "mnist-dscnn-small", "-m", "exact8", "--images", "0"),
         "images = 0 is not allowed; mnist-dscnn-small has 1 to 1000 test images"),
        (("evaluate", "mnist-dscnn-small", "-m", "exact8", "--images", "0"),
         "images = 0 is not allowed; mnist-dscnn-small has 1 to 1000 test images"),
        (("lower", "mnist-dscnn-small", "-m", "exact8", "--images", "0"),
         "images = 0 is not allowed; mnist-dscnn-small has 1 to 1000 test images"),
        (("cost", "exact2", "--vectors", "1"), "vectors = 1 is not allowed; 2 to 4,194,304 are"),
    ],
)  # fmt: skip
def test_commands_that_would_check_nothing(capsys, arguments: tuple[str, ...], why: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out, err) == (2, "", f"error: {why}\n")


@pytest.mark.parametrize("suffix", ["csv", "h", "npy", "bin"])
def test_an_empty_table(capsys, tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"t.{suffix}").write_bytes(b"")
    options = ["--order", "ab", "--unsigned", *(["--dtype", "int32"] if suffix == "bin" else [])]
    status, _, err = run(capsys, "conform", str(tmp_path / f"t.{suffix}"), "--against", "exact2", *options)
    assert status == 2
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1


def test_parameters_without_values_fail_at_collection(pytestconfig) -> None:
    assert pytestconfig.getini("empty_parameter_set_mark") == "fail_at_collect"
