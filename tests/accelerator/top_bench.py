"""Runs inside the simulator: scenarios on `accelerator_top`, each from a reset, with a scoreboard of what has to come out.

The folder named by GOLDAXE_BENCH holds `job.json`: {"scenarios": [[name, arguments], ...], "jobs": [...], "config": {...},
"seed": N, "record": [ports]}. What comes back is `result.json`: {"failures": [sentences], "coverage": {point: {bin: hits}},
"cycles": N, "notes": {...}, "recorded": {port: [bits in each cycle, in hex]}}.
"""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path
from time import process_time
from typing import Any

import cocotb
import top_coverage as cover
from top_scenarios import SCENARIOS, Bench

from cocotb_tests.accelerator_driver import Accelerator
from cocotb_tests.accelerator_monitor import Monitor


@cocotb.test()
async def scenarios(dut: Any) -> None:
    """All scenarios of job.json, one after the other."""
    folder = Path(os.environ["GOLDAXE_BENCH"])
    plan = json.loads((folder / "job.json").read_text())
    driver = await Accelerator.attach(dut)
    bench = Bench(driver, plan)
    recorded = _record(dut, driver.monitor, plan["record"])
    failures: list[str] = []
    start = process_time()
    for name, arguments in plan["scenarios"]:
        if len(failures) > 2:
            break
        await bench.fresh()
        try:
            await SCENARIOS[name](bench, *arguments)
        except Exception as error:
            failures.append(f"{name}{arguments} ({_places(error)}): {type(error).__name__}: {error}"[:1500])
        failures += [f"{name}{arguments}: {sentence}" for sentence in driver.monitor.violations[:3]]
        driver.monitor.violations.clear()
    answer = {"failures": failures, "coverage": cover.hits(), "cycles": driver.monitor.cycle, "notes": bench.notes}
    answer |= {"seconds": process_time() - start, "recorded": recorded}
    unfinished = folder / "result.json.part"
    unfinished.write_text(json.dumps(answer))
    unfinished.replace(folder / "result.json")
    assert not failures, failures


def _record(dut: Any, monitor: Monitor, ports: list[str]) -> dict[str, list[str]]:
    """Lists that grow by the bits of each port as each rising edge finds them."""
    recorded: dict[str, list[str]] = {port: [] for port in ports}
    columns = [(getattr(dut, port), column) for port, column in recorded.items()]

    def keep(_: Monitor) -> None:
        for signal, column in columns:
            column.append(f"{int(signal.value):x}")

    monitor.watchers.append(keep)
    return recorded


def _places(error: Exception) -> str:
    """The scenarios' lines that an exception came through."""
    where = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    return ", ".join(f"{path.name}:{line}" for path, line in where if path.parent.name == "top_scenarios")
