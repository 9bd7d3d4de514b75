"""How the command ends when it is told to: by Ctrl-C, by SIGTERM, or by its terminal's closing.

A signal becomes a KeyboardInterrupt in the main thread, so that everything is cleared away as the stack unwinds, and then one
line and the status that shells give: 128 and the signal's number. Where that cannot work, the process ends at once, with its
children: while something is being imported, as libraries turn interrupts into other errors or abort; at a second signal; and if
unwinding takes long. What is left lying then is removed by the next run. Nothing is imported here that takes time.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SECONDS = 10.0
"""Time that unwinding may take."""

_WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "terminated, as the terminal was closed"}


class _Told:
    """The signal that came, or 0, and whether the line was printed."""

    number = 0
    printed = False


@contextmanager
def interruptible() -> Iterator[None]:
    """Within the block signals end the process as told above; raises SystemExit. Signals that are ignored stay so (nohup)."""
    if _Told.number or threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) == _handle:
        yield  # an outer block takes care
        return
    hooks = sys.unraisablehook, threading.excepthook
    handlers = {number: handler for number in _WORDS if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None)}
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(read,), daemon=True).start()
    for number in handlers:
        signal.signal(number, _handle)
    try:
        yield
        ended: BaseException | None = None
    except BaseException as error:
        ended = error
    if _Told.number:
        _print(_Told.number)
        _end_children()
        sys.exit(128 + _Told.number)  # the watching thread sees to it that this does not take long
    for number, handler in handlers.items():
        signal.signal(number, handler)
    signal.set_wakeup_fd(before)
    os.close(write)  # which ends the watching thread
    sys.unraisablehook, threading.excepthook = hooks
    if isinstance(ended, KeyboardInterrupt):
        _print(signal.SIGINT)
        sys.exit(128 + signal.SIGINT)
    if ended is not None:
        raise ended


def interrupted() -> bool:
    """Whether a signal came, so that errors are only its consequences."""
    return bool(_Told.number)


def _handle(number: int, frame: FrameType | None) -> None:
    if _Told.number:
        return  # the watching thread ends the process
    _Told.number = number
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            _leave(number)
        frame = frame.f_back
    raise KeyboardInterrupt


def _watch(pipe: int) -> None:
    """End the process at its second signal, or some seconds after its first."""
    end: float | None = None
    while True:
        left = None if end is None else max(0.0, end - time.monotonic())
        came = os.read(pipe, 1) if select.select([pipe], [], [], left)[0] else None
        if came == b"":
            os.close(pipe)
            return
        number = signal.SIGINT if came is None else came[0]
        if came is not None and number not in _WORDS:
            continue
        if end is not None:
            _leave(_Told.number or number)
        end = time.monotonic() + SECONDS


def _leave(number: int) -> None:
    """End at once."""
    _end_children()
    _print(number)
    os._exit(128 + number)


def _end_children() -> None:
    children = sys.modules.get("multipliers._children")  # not imported here: another thread may be about to
    getattr(children, "end_children", lambda: None)()


def _print(number: int) -> None:
    tells = getattr(sys.modules.get("goldaxe._processes"), "tells", lambda: os.environ.get("RANK", "0") == "0")
    if _Told.printed or not tells():
        return
    _Told.printed = True
    with suppress(OSError):
        shown = "\x1b[?25h" if os.isatty(2) else ""  # the cursor, which a progress bar hides
        os.write(2, f"{shown}{_WORDS[signal.Signals(number)]}\n".encode())
