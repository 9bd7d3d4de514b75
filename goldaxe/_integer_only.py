"""Accuracy of a workload as an integer-only program, beside the simulation that keeps float scales around integer sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter

import torch

from accelerator import Program, lower, run
from multipliers import Multiplier
from pysim import Quantization, approximate_, operands
from workloads import load

Progress = Callable[[str, int, int], None]
"""Called with what is being run, images done and images in all."""

_BATCH = 250


@dataclass(frozen=True)
class IntegerOnly:
    """How many of a workload's test images are right with float scales and with integers only, and how many agree in both.

    `program` is what was run, `seconds` what its images took in the golden simulator.
    """

    workload: str
    program: Program
    images: int
    simulated_correct: int
    integer_correct: int
    agreeing: int
    seconds: float

    @property
    def loss(self) -> float:
        """Accuracy lost to the simulation, as a share of all images; negative if more were right."""
        return (self.simulated_correct - self.integer_correct) / self.images


def integer_only(
    workload: str,
    multipliers: Iterable[str | Multiplier],
    *,
    quantization: Quantization | None = None,
    images: int | None = None,
    progress: Progress | None = None,
) -> list[IntegerOnly]:
    """Lower a workload on each multiplier and run its first `images` test images, all of them if None.

    Networks are calibrated on training images. Raises ValueError for an unknown workload or multiplier or none, for a
    quantisation that does not fit, and for a number of images that there is not.
    """
    chosen = load(workload)
    inputs, labels = chosen.test()
    if images is not None and not 1 <= images <= len(inputs):
        raise ValueError(f"images = {images} is not allowed; {chosen.name} has 1 to {len(inputs)} test images")
    inputs, labels = inputs[:images], labels[:images]
    quantization = quantization or Quantization()
    fitted = [operands(multiplier, quantization).multiplier for multiplier in multipliers]
    if not fitted:
        raise ValueError("no multiplier was named")
    results = []
    for multiplier in fitted:
        model, calibration = chosen.model(), chosen.calibration()
        approximate_(model, multiplier, quantization=quantization, calibration=calibration)
        program = lower(model, calibration, name=chosen.name)
        simulated, integers, seconds = [], [], 0.0
        for batch in inputs.split(_BATCH):
            with torch.inference_mode():
                simulated.append(model(batch).argmax(1))
            start = perf_counter()
            integers.append(run(program, batch, keep=False).output.argmax(1))
            seconds += perf_counter() - start
            if progress:
                progress(program.arithmetic.label, sum(map(len, integers)), len(inputs))
        of_floats, of_integers = torch.cat(simulated), torch.cat(integers)
        simulated_correct, correct, same = (
            int(part.sum()) for part in (of_floats == labels, of_integers == labels, of_floats == of_integers)
        )
        results.append(IntegerOnly(chosen.name, program, len(inputs), simulated_correct, correct, same, seconds))
    return results
