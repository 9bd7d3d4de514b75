"""What a job of the vector unit has to give, by the golden functions; and all ports cycle by cycle, for tests in lockstep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..array._ports import Port
from ..array._record import packed
from ._jobs import KINDS, VectorJob
from ._model import Scale, average, step_of
from ._rtl import FOLDER, LATENCY, ports_of


def results(job: VectorJob) -> dict[str, np.ndarray]:
    """The integers (count,) of each output port whose bits mean something."""
    x, settings = job.elements["x_i"], job.settings
    if job.module == "max_pool":
        return {"largest_o": x[:, :, 0].max(axis=1)}
    if job.module == "recurrent_cell":
        (number,), (fraction,) = settings["kind_i"], settings["fraction_i"]
        kind = {number: kind for kind, number in KINDS.items()}[number]
        hidden, cell = step_of(kind, fraction, x[:, 0], job.elements["h_i"][:, 0], job.elements["state_i"][:, 0, 0])
        return {"hidden_o": hidden} | ({} if cell is None else {"cell_o": cell})
    (shift,), (zero,), (low,), (high,) = (settings[f"{name}_i"] for name in ("shift", "zero", "low", "high"))
    scale = Scale(tuple(settings["multiplier_i"]), tuple(settings["x_zero_i"]), shift, zero, low, high)
    return {"code_o": average(scale, x[:, :, 0].T) if job.module == "average_pool" else scale(x[:, 0])}


def record_job(job: VectorJob, lanes: int) -> tuple[dict[str, list[int]], dict[str, list[tuple[int, int]]]]:
    """A reset, then the job's steps without a gap until the last result is out: inputs, and outputs with the mask of the bits
    that count, by port and cycle."""
    ports = {port.name: port for port in ports_of(job.module, job.parameters(lanes), FOLDER)}
    steps, latency = job.steps(lanes), LATENCY[job.module]
    length = len(steps["x_i"])
    idle = [0] * latency
    inputs = {"rst_ni": [0] + [1] * (length + latency), "valid_i": [0] + [1] * length + idle}
    for name, slices in steps.items():
        width = ports[name].width // slices.shape[1]
        inputs[name] = [0, *(packed(row, width) for row in slices.tolist()), *idle]
    cycles = len(inputs["rst_ni"])
    valid = [(0, 0)] + [(int(cycle > latency and (cycle - latency) % job.size == 0), 1) for cycle in range(1, cycles)]
    expected = {"valid_o": valid}
    for name, values in results(job).items():
        column = [(0, 0)] * cycles
        for group, word in enumerate(result_words(ports[name], values, lanes)):
            column[latency + (group + 1) * job.size] = word
        expected[name] = column
    return inputs, expected


def result_words(port: Port, values: np.ndarray, lanes: int) -> list[tuple[int, int]]:
    """Bits of an output port, and the mask of those that count, of integers (count,): `lanes` of them in each word."""
    width = port.width // lanes
    words = [values[begin : begin + lanes].tolist() for begin in range(0, len(values), lanes)]
    return [(packed(word, width), packed([-1] * len(word), width)) for word in words]


def masked_results(ports: Sequence[Port], found: Mapping[str, np.ndarray], lanes: int) -> list[tuple[int, int]]:
    """The same of `result_o`, which all output ports are slices of; those that are not in `found` do not count."""
    words = [(0, 0)] * -(-len(next(iter(found.values()))) // lanes)
    low = 0
    for port in ports:
        if port.name in found:
            own = result_words(port, found[port.name], lanes)
            words = [(a | b << low, m | n << low) for (a, m), (b, n) in zip(words, own, strict=True)]
        low += port.width
    return words
