"""What the reader of Verilog does not let pass, before a line number is put to it."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818, it becomes a VerilogError once its line is known
    """A construct that is not allowed, and the pyslang symbol or expression where it stands."""

    def __init__(self, what: str, node: Any = None) -> None:
        super().__init__(what)
        self.what, self.node = what, node
