"""Accuracy of a workload in float, on exact integers and on approximate multipliers, with the RTL's standing beside each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import perf_counter

from cocotb_tests import stamp_of
from multipliers import Multiplier, get
from pysim import Operands, Quantization, approximate_, operands
from workloads import Workload, correct, load

Progress = Callable[[str, int, int], None]
"""Called with what is being run, images done and images in all."""


@dataclass(frozen=True)
class Evaluation:
    """Correct answers of a workload in float, on one multiplier, and on the exact multiplier with the same operand codes.

    `multiplier` is what was asked for, `used` what ran, the same with the signs that the codes need, and `exact` its
    baseline. `verified` is "exhaustive" or "sampled" if a stamp says that the RTL of `used` equals its model, else None.
    """

    workload: str
    multiplier: str
    used: str
    exact: str
    images: int
    correct: int
    exact_correct: int
    float_correct: int
    activation_bits: int
    weight_bits: int
    verified: str | None
    seconds: float

    @property
    def accuracy(self) -> float:
        """Share of images that were classified correctly."""
        return self.correct / self.images

    @property
    def loss(self) -> float:
        """Accuracy lost against the float network, as a share of all images; negative if more were correct."""
        return (self.float_correct - self.correct) / self.images


def evaluate(
    workload: str,
    multipliers: Iterable[str | Multiplier],
    *,
    quantization: Quantization | None = None,
    images: int | None = None,
    progress: Progress | None = None,
) -> list[Evaluation]:
    """Evaluate a workload on each multiplier, on its first `images` test images (all of them if None).

    The networks are calibrated on training images. Raises ValueError for an unknown workload or multiplier or none, for a
    quantisation that does not fit, and for a number of images that there is not.
    """
    chosen, quantization = load(workload), quantization or Quantization()
    wanted = [get(multiplier) if isinstance(multiplier, str) else multiplier for multiplier in multipliers]
    if not wanted:
        raise ValueError("no multiplier was named")
    fitted = [operands(multiplier, quantization) for multiplier in wanted]
    counter = _Counter(chosen, images, progress or (lambda what, done, total: None))
    float_correct = counter.run("float", None)
    exact_correct: dict[str, int] = {}
    results = []
    for asked, used in zip(wanted, fitted, strict=True):
        width = max(8, quantization.activation_bits, quantization.weight_bits)
        exact = get("exact", width=width, a_signed=used.multiplier.a.signed, b_signed=used.multiplier.b.signed)
        if exact.label not in exact_correct:
            exact_correct[exact.label] = counter.run(exact.label, replace(used, multiplier=exact))
        start = perf_counter()
        hits = counter.run(used.multiplier.label, used)
        stamp = stamp_of(used.multiplier)
        results.append(
            Evaluation(
                chosen.name,
                asked.label,
                used.multiplier.label,
                exact.label,
                counter.images,
                hits,
                exact_correct[exact.label],
                float_correct,
                quantization.activation_bits,
                quantization.weight_bits,
                None if stamp is None else "exhaustive" if stamp.exhaustive else "sampled",
                perf_counter() - start,
            )
        )
    return results


class _Counter:
    """Runs a workload's test images and counts the right answers."""

    def __init__(self, workload: Workload, images: int | None, progress: Progress) -> None:
        inputs, labels = workload.test()
        if images is not None and not 1 <= images <= len(inputs):
            raise ValueError(f"images = {images} is not allowed; {workload.name} has 1 to {len(inputs)} test images")
        self.workload, self.progress = workload, progress
        self.inputs, self.labels = inputs[:images], labels[:images]
        self.images = len(self.inputs)

    def run(self, what: str, used: Operands | None) -> int:
        model = self.workload.model()
        if used is not None:
            approximate_(model, used.multiplier, quantization=_same(used), calibration=self.workload.calibration())
        return correct(model, self.inputs, self.labels, progress=lambda done, total: self.progress(what, done, total))


def _same(used: Operands) -> Quantization:
    """The quantisation, with its scheme no longer left open, so that fitting the fitted multiplier changes nothing."""
    return replace(used.quantization, activation="affine" if used.activation.affine else "symmetric")
