"""The first divergence, on faults put into the Verilog: what is named is what is broken, and the test shows it by itself."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import pytest
import torch
from torch import nn

from accelerator import Program, lower
from accelerator.array import Design, unit_design
from accelerator.array._rtl import pe_multiplier
from accelerator.rtl import unit_config
from accelerator.schedule import ArraySize
from goldaxe.cosim import Divergence, cosimulate, explain
from multipliers import Rtl, get, rtl
from pysim import approximate_

SIZE = ArraySize(4, 3, 8)
LABEL = "drum8us_k4"


def _program() -> tuple[Program, torch.Tensor]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 5, 3, padding=1), nn.ReLU(), nn.Conv2d(5, 4, 1))
    inputs = torch.randn(3, 2, 5, 4)
    approximate_(model, LABEL, calibration=[inputs])
    return lower(model, [inputs]), inputs


def _edited(design: Design, module: str, old: str, new: str, folder: Path) -> Design:
    (path,) = (path for path in design.files if path.stem == module)
    text = path.read_text()
    assert text.count(old) == 1
    (folder / path.name).write_text(text.replace(old, new))
    return replace(design, files=tuple(folder / path.name if each == path else each for each in design.files))


def _stuck_at(design: Design, folder: Path) -> Design:
    """Bit 7 of the sum of element (2, 1) is always 1."""
    ports = "if (valid_q) sum_q <= sum;", "if (valid_q) sum_q <= sum | STUCK;"
    stuck = _edited(design, "mac_pe", *ports, folder)
    element = folder / "mac_pe.v"
    element.write_text(element.read_text().replace("parameter SATURATE = 0 ", "parameter STUCK = 0, parameter SATURATE = 0 "))
    given = ".ACC_WIDTH(ACC_WIDTH), .SATURATE(SATURATE)\n        ) u_pe"
    return _edited(stuck, "systolic_array", given, given.replace("\n", ", .STUCK(r == 2 && c == 1 ? 128 : 0)\n"), folder)


def _wrong_wrapper(design: Design, folder: Path) -> Design:
    """The generated wrapper instantiates another multiplier with the same ports."""
    other = get("mitchell8us")
    own = rtl(other)
    assert other.p.width == get(LABEL).p.width
    return replace(design, multiplier=Rtl("pe_multiplier", f"{pe_multiplier(other, own.top)}\n{own.text}", own.files))


def _skewed(design: Design, folder: Path) -> Design:
    """Lanes from the third on come a cycle late."""
    return _edited(design, "skew", "REVERSE != 0 ? LANES - 1 - i : i", "REVERSE != 0 ? LANES - 1 - i : i + (i > 1)", folder)


def _rounding(design: Design, folder: Path) -> Design:
    """The requantiser rounds halves down."""
    return _edited(design, "requantize", "remainder > threshold", "remainder > threshold + 1", folder)


@dataclass
class Found:
    divergence: Divergence
    folder: Path
    design: Design


@pytest.fixture(scope="module", params=[_stuck_at, _wrong_wrapper, _skewed, _rounding], ids=lambda fault: fault.__name__)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Found]:
    fault: Callable[[Design, Path], Design] = request.param
    program, inputs = _program()
    folder = tmp_path_factory.mktemp(fault.__name__)
    design = fault(unit_design(unit_config(program.arithmetic, SIZE)), folder)
    result = cosimulate(program, inputs, size=SIZE, design=design, energy=False)
    assert not result.equal
    return fault.__name__, Found(explain(result, folder / "out"), folder / "out", design)


def test_it_names_what_is_broken(found: tuple[str, Found]) -> None:
    fault, what = found
    said, element = what.divergence, what.divergence.element
    assert said.layer == "0"
    assert said.place is not None
    if fault == "_stuck_at":
        assert element is not None
        assert (element.row, element.col, element.register) == (2, 1, "sum")
        assert element.actual == element.expected | 128
        assert "element (2, 1)" in str(said)
    elif fault == "_wrong_wrapper":
        assert element is not None
        assert element.register == "sum"
        assert element.actual - element.above == int(get("mitchell8us")(element.a, element.weight))
        assert element.expected - element.above == int(get(LABEL)(element.a, element.weight))
    elif fault == "_skewed":
        assert element is not None
        assert element.row == 2 or element.col == 2, "the first lane that comes late"
    else:
        assert element is None
        assert "every element is right: the fault lies behind the array. codes_o" in str(said)


def test_the_waveform_has_the_last_200_cycles(found: tuple[str, Found]) -> None:
    _, what = found
    waveform = what.divergence.waveform
    assert waveform is not None
    text = waveform.read_text()
    times = [int(time) for time in re.findall(r"^#(\d+)$", text, re.MULTILINE)]
    assert times == sorted(times)
    assert times[-1] - times[0] < 400
    assert "u_pe" in text


def _run(bench: Path, simulator: str) -> tuple[int, str]:
    """In a process of its own, as from a shell."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment |= {"SIM": simulator, "MAKEFLAGS": "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0"}
    command = [sys.executable, bench.name]
    done = subprocess.run(command, cwd=bench.parent, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_cocotb_test_runs_by_itself_and_fails(found: tuple[str, Found]) -> None:
    """It imports none of our packages, and passes once the broken file is replaced. By Verilator for one fault, since cocotb's
    own build takes long; by Icarus for the others."""
    fault, what = found
    bench = what.divergence.bench
    assert bench is not None
    assert not re.search(r"import (goldaxe|accelerator|multipliers|cocotb_tests|torch|numpy)", bench.read_text())
    simulator = "verilator" if fault == "_rounding" else "icarus"
    if simulator == "icarus" and not shutil.which("iverilog"):
        pytest.skip("Icarus is not installed")
    status, said = _run(bench, simulator)
    assert status == 1, said[-3000:]
    assert "1 test, 1 failures" in said
    assert re.search(r"AssertionError: cycle \d+: (sums|codes)_o is 0[xb]\w+, expected 0x", said)
    if fault in ("_rounding", "_skewed"):
        module = {"_rounding": "requantize", "_skewed": "skew"}[fault]
        right = Path(str(files("rtl"))) / "array" / f"{module}.v"
        shutil.copy(right, bench.parent / "verilog")
        status, said = _run(bench, simulator)
        assert status == 0, said[-3000:]


def test_the_layers_cycle_is_that_of_the_models_timing(found: tuple[str, Found]) -> None:
    """An element (r, c) has a vector's operands 1 + r + c cycles after the vector came."""
    _, what = found
    said = what.divergence
    if said.element is None or said.cycle is None or said.element.register != "sum":
        pytest.skip("no element is wrong by itself")
    place = said.place
    assert place is not None
    entered = said.cycle - 1 - said.element.row - said.element.col
    begins = [SIZE.rows + sum(max(t.length, SIZE.rows) for t in place.plan.tiles[:i]) for i in range(len(place.plan.tiles))]
    streaming = {b + i for b, t in zip(begins, place.plan.tiles, strict=True) for i in range(t.length)}
    assert entered in streaming
