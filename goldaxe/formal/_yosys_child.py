"""Runs by itself, in a process of its own: a Yosys error ends the process that it happens in.

Its working folder holds `script.ys`, one command a line, which the caller wrote; no text of a design is in it.
"""

from pathlib import Path


def main() -> None:
    """Run the working folder's script."""
    from pyosys import libyosys

    design = libyosys.Design()
    for command in Path("script.ys").read_text().splitlines():
        libyosys.run_pass(command, design)


if __name__ == "__main__":
    main()
