"""Runs a compiled model under cocotb, in a folder of its own and apart from whatever process asked for it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cocotb_tools.runner import Verilator

from multipliers import cache_folder
from multipliers._cache import usable, write_atomically
from multipliers._files import temporary_folder

from ._bit_vectors import BitVectors, Outcome
from ._evidence import evidence
from ._process import SimulatorError, TimeLimitError, failure, run

_SETTINGS = ("COCOTB_TOPLEVEL", "COCOTB_TEST_MODULES", "COCOTB_TRUST_INERTIAL_WRITES")


START_SECONDS = 120.0
"""Time that a simulation may take, besides a millisecond for each vector."""


def simulate(program: Path, vectors: BitVectors, *, seed: int, waveform: Path | None = None) -> Outcome:
    """Run the multiplier bench on a compiled model, and write a VCD `waveform` if one is wanted and was compiled in.

    Raises SimulatorError, naming the log, if the simulation ends without a result.
    """
    job = {"widths": vectors.widths}
    words = np.concatenate([vectors.a, vectors.b, vectors.expected]).astype(np.uint64).tobytes()
    seconds = START_SECONDS + 0.001 * len(vectors.a)
    answer = run_bench("multiplier_bench", program, job, words, seed=seed, seconds=seconds, waveform=waveform)
    seen = np.frombuffer(answer["seen"], dtype=np.uint64).reshape(3, -1)
    return Outcome(answer["failures"], tuple((index, bits) for index, bits in answer["mismatches"]), evidence(*seen))


def run_bench(
    bench: str,
    program: Path,
    job: dict[str, Any],
    words: bytes = b"",
    *,
    seed: int,
    seconds: float,
    waveform: Path | None = None,
) -> dict[str, Any]:
    """Run a bench of this package on a compiled model: `job` and `words` are its job.json and vectors.bin, and what it
    leaves as result.json is returned, with the bytes of seen.bin as "seen" if it leaves such a file. Raises SimulatorError if
    it leaves nothing, or an error.
    """
    runs = cache_folder("runs")
    with usable(runs), temporary_folder(runs / bench) as folder:
        (folder / "job.json").write_text(json.dumps(job))
        (folder / "vectors.bin").write_bytes(words)
        runner = _Runner(program, {"GOLDAXE_BENCH": str(folder)}, seed=seed, trace=waveform is not None, seconds=seconds)
        try:
            runner.run(bench, folder)
            answer: dict[str, Any] = json.loads((folder / "result.json").read_bytes())
            if (folder / "seen.bin").exists():
                answer["seen"] = (folder / "seen.bin").read_bytes()
        except (OSError, ValueError, TimeLimitError) as error:
            log = cache_folder("logs") / f"{program.name}-{folder.name.rpartition('.')[2]}.log"
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(folder / "simulation.log", log)
            ended = str(error) if isinstance(error, TimeLimitError) else "ended without a result"
            raise failure(f"the simulation of {program.name} {ended}", log) from error
        if "error" in answer:
            raise SimulatorError(f"{program.name}: {answer['error']}")
        if waveform is not None:
            write_atomically(waveform, (folder / "dump.vcd").read_bytes())
        return answer


class _Runner(Verilator):
    """cocotb's runner for a model that is compiled already.

    Its own build compiles the runtime each time and makes every signal of the design public; its run takes settings
    from the caller's environment (WAVES, GUI, COCOTB_TEST_FILTER, ...), has no time limit, and behaves otherwise under pytest.
    """

    def __init__(self, program: Path, settings: dict[str, str], *, seed: int, trace: bool, seconds: float) -> None:
        super().__init__()
        self.log.setLevel(logging.CRITICAL)
        self._program = program
        self._settings = settings
        self._seed = seed % (2**31 - 2) + 1
        self._trace = trace
        self._seconds = seconds

    def run(self, bench: str, folder: Path) -> None:
        """Run a bench of this package; what it found is in the files that it leaves, a failure as well."""
        with contextlib.suppress(SystemExit):  # only under pytest: the simulation crashed, or a cocotb test failed
            self.test(
                bench,
                self._program.name,
                hdl_toplevel_lang="verilog",
                build_dir=self._program.parent,
                test_dir=folder,
                results_xml=str(folder / "results.xml"),
                log_file=folder / "simulation.log",
            )

    def _use_external_viewer(self) -> bool:
        return False  # whatever GUI says

    def _set_env_test(self) -> None:
        super()._set_env_test()
        inherited = [name for name in self.env if name.startswith("COCOTB_") and name not in _SETTINGS]
        for name in inherited:
            del self.env[name]
        here = str(Path(__file__).parent)
        self.env["PYTHONPATH"] = os.pathsep.join([*filter(None, sys.path), here])
        self.env["COCOTB_REWRITE_ASSERTION_FILES"] = ""  # or pytest is imported, a quarter of a short simulation
        self.env |= self._settings

    def _test_command(self) -> list[list[str]]:
        undefined = ["+verilator+rand+reset+2", f"+verilator+seed+{self._seed}"]
        return [[str(self._program), *(["--trace"] if self._trace else []), *undefined]]

    def _execute(self, cmds: Sequence[list[str]], cwd: os.PathLike[str] | str) -> None:
        log = Path(cwd) / "simulation.log"
        for command in cmds:
            run(command, folder=Path(cwd), env=self.env, log=log, seconds=self._seconds)
