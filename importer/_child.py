"""Reads Verilog in a process of its own: whatever a text does to the parser, the caller gets a sentence.

It cannot write files and has limits of memory and time. A request is one JSON document on standard input, the answer one on
standard output: {"circuit": {...}} or {"error": sentence}.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any

from multipliers._children import output_of

from ._errors import VerilogError

SECONDS = 60
_MEMORY = 4 << 30


def read_apart(name: str, text: str, top: str | None, ports: tuple[str | None, str | None, str | None]) -> dict[str, Any]:
    """`_design.read` in a child process; raises VerilogError."""
    program = f"import sys; sys.path[:] = {sys.path!r}; from importer._child import main; main()"
    request = json.dumps({"name": name, "text": text, "top": top, "ports": ports})
    try:
        done = output_of([sys.executable, "-c", program], seconds=2 * SECONDS, input=request)
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise VerilogError(
            f"{name}: reading it needs more than {SECONDS} s or {_MEMORY >> 30} GB, or breaks the parser"
        ) from None
    if "error" in answer:
        raise VerilogError(answer["error"])
    circuit: dict[str, Any] = answer["circuit"]
    return circuit


def main() -> None:
    """The child's program."""
    _limit()
    answer: dict[str, Any] = {}
    sys.setrecursionlimit(200_000)
    threading.stack_size(512 << 20)
    worker = threading.Thread(target=lambda: answer.update(_answer(json.load(sys.stdin))))
    worker.start()
    worker.join()
    print(json.dumps(answer))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    from ._design import read

    try:
        circuit = read(request["name"], request["text"], request["top"], tuple(request["ports"]))
    except VerilogError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": f"{request['name']}: reading it needs more than {_MEMORY >> 30} GB"}
    except Exception as error:  # whatever hostile text brings about has to arrive as a sentence
        return {"error": f"{request['name']}: the parser gave up on it ({type(error).__name__} {str(error)[:200]})"}
    return {"circuit": circuit | {name: circuit[name].tolist() for name in ("gates", "outputs")}}


def _limit() -> None:
    """No files, and bounds on memory and time, where the system has such limits."""
    try:
        import resource
    except ImportError:
        return
    for limit, value in ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, _MEMORY)):
        resource.setrlimit(limit, (value, value))
