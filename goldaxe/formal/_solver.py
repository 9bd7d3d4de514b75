"""Whether two circuits are equal, by ABC: SAT, with sweeping for equal inner signals and rewriting (`iprove`)."""

from __future__ import annotations

from dataclasses import dataclass

from ._aig import Aig
from ._errors import FormalError
from ._tools import run_abc, workplace

EQUAL, DIFFERENT, UNDECIDED = "equal", "different", "undecided"


@dataclass(frozen=True)
class Answer:
    """EQUAL, UNDECIDED within the time, or DIFFERENT for the bits `inputs`."""

    verdict: str
    inputs: tuple[int, ...] = ()


def compare(left: Aig, right: Aig, seconds: float) -> Answer:
    """Whether all outputs of two circuits with the same inputs are equal for all inputs."""
    if seconds <= 0:
        return Answer(UNDECIDED)
    with workplace() as folder:
        (folder / "left.aig").write_bytes(left.aiger())
        (folder / "right.aig").write_bytes(right.aiger())
        said = run_abc("miter left.aig right.aig; iprove; write_cex inputs", folder, seconds)
        if said is None:
            return Answer(UNDECIDED)
        words = said.split()
        if "UNSATISFIABLE" in words:
            return Answer(EQUAL)
        if "SATISFIABLE" not in words:
            if "UNDECIDED" in words:
                return Answer(UNDECIDED)
            raise FormalError(f"the solver gives no answer: {' '.join(words)[-200:]}")
        bits = (folder / "inputs").read_text().split("#")[0].strip()
        if len(bits) != left.inputs or set(bits) - {"0", "1"}:
            raise FormalError(f"the solver's counterexample has {len(bits)} bits for {left.inputs} inputs")
        return Answer(DIFFERENT, tuple(map(int, bits)))
