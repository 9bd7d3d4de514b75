"""Instruction sets that the CPU kernels know, and which one `GOLDAXE_ISA` asks for."""

from __future__ import annotations

import os

from ..._errors import PysimError

PORTABLE, AVX2, AVX512 = 0, 1, 2
"""As `Isa` in isa.h. AVX512 stands for F, BW, VL, VNNI and VBMI together."""

NAMES = ("portable", "avx2", "avx512")
"""Their names, each at its number."""

VARIABLE = "GOLDAXE_ISA"
"""Environment variable that names the instruction set to use; without it, the best of the machine. Results are the same."""


def wanted(best: int = AVX512) -> int:
    """The instruction set that the environment names, or `best`; raises PysimError for another, or one above that."""
    name = os.environ.get(VARIABLE) or NAMES[best]
    if name not in NAMES:
        raise PysimError(f"{VARIABLE} = {name!r} is not allowed; use {', '.join(NAMES[:-1])} or {NAMES[-1]}")
    return allowed(NAMES.index(name), best)


def allowed(isa: int, best: int) -> int:
    """`isa`, if the machine's `best` includes it; raises PysimError otherwise."""
    if not PORTABLE <= isa <= best:
        name = NAMES[isa] if 0 <= isa < len(NAMES) else isa
        raise PysimError(f"this processor cannot run {VARIABLE} = {name}; use {' or '.join(NAMES[: best + 1])}")
    return isa
