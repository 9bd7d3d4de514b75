"""Runs by itself, in a process of its own: a Yosys error ends the process that it happens in.

Its working folder holds `design_0.v`, `design_1.v`, ... and `cells.lib`, and gets `mapped.json`. The only argument is the top
module's name, which the caller has checked; no other text from outside is part of a command.
"""

import re
import sys
from pathlib import Path


def commands(top: str, sources: int) -> list[str]:
    """The synthesis script: read, flatten, map to the Liberty file's combinational cells."""
    if not re.fullmatch(r"[A-Za-z_]\w*", top, re.ASCII):  # the caller has checked it; this is where it would matter
        raise ValueError(f"{top!r} is no module name")
    return [
        "read_liberty -lib -ignore_miss_func cells.lib",
        *(f"read_verilog design_{index}.v" for index in range(sources)),
        f"synth -flatten -noabc -top {top}",
        "abc -liberty cells.lib",
        "opt_clean -purge",
        "write_json mapped.json",
    ]


def main() -> None:
    """Synthesize the design of the working folder."""
    from pyosys import libyosys

    design = libyosys.Design()
    sources = len(list(Path().glob("design_*.v")))
    for command in commands(sys.argv[1], sources):
        libyosys.run_pass(command, design)


if __name__ == "__main__":
    main()
