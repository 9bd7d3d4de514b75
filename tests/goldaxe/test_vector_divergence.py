"""The first divergence in the vector unit, on faults put into its Verilog: what is broken is named, and a test shows it."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from accelerator import Program, lower, run
from accelerator.schedule import ArraySize
from accelerator.vector._rtl import vector_library
from goldaxe.cosim import Divergence, cosimulate, explain
from goldaxe.cosim._vector_divergence import VectorPlace
from pysim import approximate_

SIZE = ArraySize(4, 3, 8)
LANES = 4


class Residual(nn.Module):
    """A residual addition and two poolings."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 3, 1), nn.Conv2d(3, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.first(x)
        return nn.functional.avg_pool2d(nn.functional.max_pool2d(y + self.second(y), 2), 2)


class Gates(nn.Module):
    """A recurrent layer of any kind; its second direction runs backwards."""

    def __init__(self, kind: type[nn.RNNBase], both: bool) -> None:
        super().__init__()
        self.rows = kind(3, 6, batch_first=True, bidirectional=both)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rows(x)[0]


@dataclass(frozen=True)
class Fault:
    """Places of files changed, in a network, and the module that has to be named."""

    network: str
    module: str
    edits: tuple[tuple[str, str, str], ...]

    def library(self, folder: Path) -> list[Path]:
        """The vector unit's files with the fault."""
        for stem, old, new in self.edits:
            wrong = folder / f"{stem}.v"
            text = (wrong if wrong.exists() else RIGHT[stem]).read_text()
            assert text.count(old) == 1
            wrong.write_text(text.replace(old, new))
        return [folder / path.name if (folder / path.name).exists() else path for path in RIGHT.values()]


RIGHT = {path.stem: path for path in vector_library()}
STUCK = (
    ("recurrent_cell", "recurrent_lane u_lane", "recurrent_lane #(.STUCK(l == 2 ? 64 : 0)) u_lane"),
    ("recurrent_lane", "module recurrent_lane (", "module recurrent_lane #(parameter STUCK = 0) ("),
)
HIDDEN = ("recurrent_lane", "hidden_q <= total_nudged[30:15];", "hidden_q <= total_nudged[30:15] | STUCK;")
CELL = (
    "recurrent_lane",
    "? {cell_state[15], cell_state} : new_gate",
    "? {cell_state[15], cell_state | STUCK[15:0]} : new_gate",
)
TRUNCATED = ("rescale_lane", "(49'd1 << shift_i) >> 1;", "49'd0;")
SHORT = ("average_pool", "{SUM_WIDTH{under_way_q}}) + x - x_zero", "{SUM_WIDTH{under_way_q}}) + (under_way_q ? x - x_zero : 0)")
CARRIED = ("max_pool", "under_way_q <= ~last_i;", "under_way_q <= 1'b1;")
FAULTS = {
    "hidden": Fault("gru", "recurrent_cell", (*STUCK, HIDDEN)),
    "cell": Fault("lstm", "recurrent_cell", (*STUCK, CELL)),
    "codes": Fault("rnn", "rescale", (TRUNCATED,)),
    "residual": Fault("residual", "rescale", (TRUNCATED,)),
    "average": Fault("residual", "average_pool", (SHORT,)),
    "max": Fault("residual", "max_pool", (CARRIED,)),
}


def _program(network: str) -> tuple[Program, torch.Tensor]:
    torch.manual_seed(0)
    kinds: dict[str, type[nn.RNNBase]] = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
    if network in kinds:
        model, inputs = Gates(kinds[network], both=network == "rnn"), torch.randn(3, 3, 3)
    else:
        model, inputs = Residual(), torch.randn(3, 2, 8, 8)
    approximate_(model, "exact8us", calibration=[inputs])
    return lower(model, [inputs]), inputs


@dataclass
class Found:
    fault: str
    divergence: Divergence
    place: VectorPlace
    golden: dict[str, torch.Tensor]


@pytest.fixture(scope="module", params=FAULTS)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    fault, folder = FAULTS[request.param], tmp_path_factory.mktemp(request.param)
    program, inputs = _program(fault.network)
    result = cosimulate(program, inputs, size=SIZE, vector_library=fault.library(folder), energy=False)
    assert not result.equal
    said = explain(result, folder / "out")
    assert isinstance(said.place, VectorPlace), said
    return Found(request.param, said, said.place, run(program, inputs).values)


def _away(numerator: int, shift: int) -> int:
    """Rounded to nearest, halves away from zero."""
    return (1 if numerator >= 0 else -1) * ((2 * abs(numerator) + (1 << shift)) >> (shift + 1))


def test_it_names_layer_lane_and_operands(found: Found) -> None:
    """Of each fault: what the lane gives is what its arithmetic, done by hand on the operands that are named, has to give."""
    place, job = found.place, found.place.part.job
    assert job.module == FAULTS[found.fault].module
    assert place.lane == place.element % LANES
    own = job.part(place.element, place.element + 1)
    x = own.elements["x_i"][0]
    if job.module == "recurrent_cell":
        assert place.lane == 2
        assert place.actual == place.expected | 64 != place.expected
        assert place.port == {"hidden": "hidden_o", "cell": "cell_o"}[found.fault]
        assert own.elements["x_i"].shape == own.elements["h_i"].shape == (1, 1, 4)
    elif job.module == "max_pool":
        assert place.expected == x.max() < place.actual, "what an earlier window had"
    else:
        zeros, multipliers = own.settings["x_zero_i"], own.settings["multiplier_i"]
        (shift,), (zero,) = own.settings["shift_i"], own.settings["zero_i"]
        if job.module == "rescale":
            terms = [(v - z) * m for v, z, m in zip(x[0].tolist(), zeros, multipliers, strict=True)]
            wrong, right = sum(terms) >> shift, _away(sum(terms), shift)
            if sum(terms) < 0:
                wrong = (sum(terms) - 1) >> shift  # the other half of the rounding is still there
        else:
            differences = [v - zeros[0] for v in x[:, 0].tolist()]
            right, wrong = (_away(sum(part) * multipliers[0], shift) for part in (differences, differences[1:]))
        low, high = own.settings["low_i"][0], own.settings["high_i"][0]
        assert place.expected == min(max(right + zero, low), high)
        assert place.actual == min(max(wrong + zero, low), high)
    name, at = re.match(r"\S+: (\S+)\[([\d, ]+)\] is", str(found.divergence)).groups()  # type: ignore[union-attr]
    assert int(found.golden[name][tuple(map(int, at.split(", ")))]) == place.expected
    when = f"from cycle {place.cycle} on" if job.size > 1 else f"in cycle {place.cycle}"
    assert f"element {place.element}, lane {place.lane}, which takes its operands {when};" in str(found.divergence)
    for number in x.flatten()[:4].tolist():
        assert str(number) in str(found.divergence)


def test_the_cycle_is_that_of_a_pipeline_without_gaps(found: Found) -> None:
    place, job = found.place, found.place.part.job
    latency = {"rescale": 5, "average_pool": 6, "max_pool": 1, "recurrent_cell": 11}[job.module]
    size = 4 if "pool" in job.module else 1
    assert place.cycle == place.element // LANES * size
    assert place.leaves == place.cycle + size - 1 + latency


def test_the_waveform_has_the_last_200_cycles(found: Found) -> None:
    assert found.divergence.waveform is not None
    text = found.divergence.waveform.read_text()
    times = [int(time) for time in re.findall(r"^#(\d+)$", text, re.MULTILINE)]
    assert times == sorted(times)
    assert times[-1] - times[0] < 400
    assert "g_lane" in text


def test_the_cocotb_test_runs_by_itself_and_fails(found: Found) -> None:
    """It imports none of our packages, and passes once the broken files are replaced."""
    if not shutil.which("iverilog"):
        pytest.skip("Icarus is not installed")
    bench = found.divergence.bench
    assert bench is not None
    assert not re.search(r"import (goldaxe|accelerator|multipliers|cocotb_tests|torch|numpy)", bench.read_text())
    status, said = _run(bench)
    assert (status, "1 test, 1 failures" in said) == (1, True), said[-3000:]
    port = "hidden_o" if found.fault == "cell" else found.place.port  # a wrong cell state makes a wrong hidden one
    assert re.search(rf"AssertionError: cycle \d+: {port} is 0[xb]\w+, expected 0x", said)
    for stem, _, _ in FAULTS[found.fault].edits:
        shutil.copy(RIGHT[stem], bench.parent / "verilog")
    status, said = _run(bench)
    assert status == 0, said[-3000:]


def _run(bench: Path) -> tuple[int, str]:
    """In a process of its own, as from a shell."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | {"SIM": "icarus"}
    command = [sys.executable, bench.name]
    done = subprocess.run(command, cwd=bench.parent, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_fault_that_only_a_later_window_shows_needs_both(found: Found) -> None:
    """Nothing smaller would do: the run is one vector of lanes where the fault needs no more."""
    assert ("two windows in each lane" in str(found.divergence)) == (found.fault == "max")
    assert ("one element in each lane" in str(found.divergence)) == (
        FAULTS[found.fault].module in ("rescale", "recurrent_cell")
    )
