"""Memory images of what the vector unit computes: its steps, its results and which of their bits count, for $readmemh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from accelerator import Program
from accelerator.program import Operation
from accelerator.rtl import VectorPart, vector_parts
from accelerator.vector import cycles
from accelerator.vector._compiled import step_bits
from accelerator.vector._results import masked_results
from accelerator.vector._rtl import streaming
from multipliers import Rtl

from ._images import hexadecimal


@dataclass(frozen=True, eq=False)
class VectorModule:
    """A module of the vector unit in the test bench: its instance's name, its Verilog with all inputs on one port, and bits of
    a step, of a result, and of an integer in it."""

    instance: str
    rtl: Rtl
    step: int
    result: int
    slice: int


@dataclass(frozen=True, eq=False)
class VectorImages:
    """Runs of one module, as hexadecimal words by file name: `steps` steps each give `results` results in `cycles` cycles."""

    name: str
    module: VectorModule
    files: dict[str, list[str]]
    runs: int
    steps: int
    results: int
    cycles: int


def vector_images(program: Program, operation: Operation, golden: dict[str, Tensor], lanes: int) -> dict[str, VectorImages]:
    """The runs of one operation for all inputs in `golden`, the golden simulator's integers; empty for a product.

    A recurrent layer has two, by what they are: `codes`, of hidden states, and `cell`. Others have one, with the key "".
    """
    parts: dict[str, list[VectorPart]] = {}
    for part in vector_parts(program, operation, golden):
        parts.setdefault(part.what, []).append(part)
    return {what: _images(operation.name, what, each, golden, lanes) for what, each in parts.items()}


def _images(name: str, what: str, parts: Sequence[VectorPart], golden: dict[str, Tensor], lanes: int) -> VectorImages:
    job = parts[0].job
    rtl, inputs, outputs = streaming(job.module, job.parameters(lanes))
    step, result = (sum(port.width for port in ports) for ports in (inputs, outputs))
    steps = np.concatenate([step_bits(inputs, part.job.steps(lanes)) for part in parts])
    words = [
        word
        for part in parts
        for word in masked_results(outputs, {port: part.of(port, golden) for port in part.targets}, lanes)
    ]
    digits = (result + 3) // 4
    files = {
        "steps": hexadecimal(steps),
        "results": [f"{bits:0{digits}x}" for bits, _ in words],
        "masks": [f"{mask:0{digits}x}" for _, mask in words],
    }
    instance = job.module if job.sources is None else f"{job.module}_{job.sources}"
    return VectorImages(
        f"{name}, {what}" if what else name,
        VectorModule(instance, rtl, step, result, outputs[0].width // lanes),
        files,
        len(parts),
        len(steps) // len(parts),
        len(words) // len(parts),
        cycles(job.module, job.count, lanes, job.size),
    )
