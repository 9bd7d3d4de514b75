"""Stands in for the program `yosys` where sby asks for it, as `-ql LOG SCRIPT`: a run by pyosys, which starts at once."""

import sys
from pathlib import Path


def main() -> None:
    """Run a script file; what Yosys says goes to the log."""
    from pyosys import libyosys

    _, log, script = sys.argv[1:]
    Path(log).touch()
    libyosys.run_pass(f"tee -q -o {log} script {script}", libyosys.Design())


if __name__ == "__main__":
    main()
