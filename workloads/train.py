"""Train workloads and write their weights: `python -m workloads.train mnist-dscnn mnist-gru mnist-lstm`.

Nothing is imported before Ctrl-C is listened for: torch takes seconds to load.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def main(arguments: list[str] | None = None) -> None:
    """The command line; a mistake in it ends with status 2 and one sentence, Ctrl-C with 130 and a word."""
    try:
        with _ended_at_once():
            from ._train import run
        run(arguments)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


@contextmanager
def _ended_at_once() -> Iterator[None]:
    """Within the block Ctrl-C ends the process itself: libraries that are being loaded make it an error of theirs, or abort."""
    heard = signal.getsignal(signal.SIGINT) == signal.default_int_handler
    if not heard or threading.current_thread() is not threading.main_thread():
        yield  # somebody else takes care, or nobody is to
        return

    def leave(*_: object) -> None:
        os.write(2, b"interrupted\n")
        os._exit(130)

    signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    main()
