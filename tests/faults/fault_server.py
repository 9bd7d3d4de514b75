"""A process that has imported what all tests need, and forks for each run of pytest: importing torch anew takes seconds.

It knows nothing of the code under test. A line of JSON asks for a run: a folder, environment variables, pytest's arguments and
a file for the output. The answers are two lines: the fork's number, which leads a process group, and its exit status.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from select import select

PRELOADED = ("numpy", "pytest", "pyslang", "torch", "torch.nn", "torch.fx", "safetensors.torch")
"""No plugin of pytest: those it has to import itself."""


class Server:
    """One such process; `run` asks it, one run at a time."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).resolve())]
        # Unbuffered, since `select` does not see what was read ahead.
        self.process = subprocess.Popen(
            command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self.running = 0

    def run(self, tree: Path, environment: dict[str, str], arguments: Sequence[str], output: Path, limit: float) -> int | None:
        """Exit status of pytest in a folder, minus a signal's number if one ended it, None where time ran out."""
        assert self.process.stdin
        assert self.process.stdout
        request = {"tree": str(tree), "environment": environment, "arguments": list(arguments), "output": str(output)}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.running = int(self.process.stdout.readline())
        in_time = bool(select([self.process.stdout], [], [], limit)[0])
        self.kill()  # after its end: what it left running
        status = int(self.process.stdout.readline())
        self.running = 0
        return status if in_time else None

    def kill(self) -> None:
        """End the run that is under way, and all that it has started."""
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self.running, signal.SIGKILL)

    def close(self) -> None:
        """End the server and what it runs."""
        self.kill()
        self.process.kill()
        with self.process:  # closes its pipes
            pass


def main() -> None:
    """The server's own loop, until its caller is gone."""
    for name in PRELOADED:
        with suppress(ImportError):
            __import__(name)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run_pytest(**json.loads(line))
        with suppress(ProcessLookupError, PermissionError):
            os.setpgid(child, child)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run_pytest(tree: str, environment: dict[str, str], arguments: list[str], output: str) -> None:
    import pytest

    status = 3
    try:
        os.setpgid(0, 0)
        os.chdir(tree)
        os.environ |= environment
        sys.dont_write_bytecode = True
        sys.path[0] = tree  # in place of this file's folder
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, target in ((nothing, 0), (file, 1), (file, 2)):
            os.dup2(number, target)
        status = int(pytest.main(arguments))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
