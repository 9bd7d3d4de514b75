"""Are two sequential circuits equal in all outputs, for all sequences of inputs? ABC decides."""

from __future__ import annotations

from ._tools import run_abc, workplace

EQUAL, DIFFERENT, UNDECIDED = "equivalent", "different", "undecided"

_REGISTER_BY_REGISTER, _WHOLE = 20, 150
"""Seconds of processor time for the two ways: what is decided does not depend on how busy the machine is."""

_PATIENCE = 900.0
"""Seconds after which they are ended all the same."""


def compare(left: bytes, right: bytes) -> str:
    """EQUAL, DIFFERENT or UNDECIDED, for two circuits as AIGER: gate by gate between registers, or else as sequential circuits
    from registers that are zero.

    For the latter, registers and gates that induction shows to be equal are merged first. What is left are those that may
    differ while nobody looks at them, such as data beside a valid bit that is low.
    """
    with workplace() as folder:
        (folder / "left.aig").write_bytes(left)
        (folder / "right.aig").write_bytes(right)
        cut = "; ".join(f"read {side}.aig; comb; write_aiger {side}_comb.aig" for side in ("left", "right"))
        proof = f"{cut}; miter left_comb.aig right_comb.aig; iprove"
        between = run_abc(proof, folder, _PATIENCE, processor=_REGISTER_BY_REGISTER) or ""
        if "UNSATISFIABLE" in between.split():
            return EQUAL
        merged = "&r left.aig; &miter -s right.aig; &scl; &scorr; &scorr -F 2; &put"
        whole = run_abc(f"{merged}; dprove -T {_WHOLE}", folder, _PATIENCE, processor=_WHOLE) or ""
    # It answers in other words where no register is left.
    if "Networks are equivalent" in whole or "UNSATISFIABLE" in whole.split():
        return EQUAL
    return DIFFERENT if "not equivalent" in whole.lower() or "SATISFIABLE" in whole.split() else UNDECIDED
