"""Watches every handshake of the accelerator in every cycle: what moves, what waits, and whether AMBA's rules are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

INPUTS = ("s_axis_weights", "s_axis_vectors")
OUTPUTS = ("m_axis_codes", "m_axis_sums")
STREAMS = (*INPUTS, *OUTPUTS)
_AXI_LITE = {"aw": ("addr",), "w": ("data", "strb"), "b": ("resp",), "ar": ("addr",), "r": ("data", "resp")}


@dataclass
class Handshake:
    """One valid and ready, what travels with them, and what they did up to now; `since` is the cycle of the last beat."""

    name: str
    valid_signal: Any
    ready_signal: Any
    payload: list[Any]
    valid: int = 0
    ready: int = 0
    beats: int = 0
    since: int = 0
    held: list[int] | None = None
    run: int = 0  # beats in a row, or cycles without one as a negative number

    def __str__(self) -> str:
        t = "t" if self.name in STREAMS else ""
        moved = f"{self.beats} beats, the last in cycle {self.since}" if self.beats else "no beat yet"
        return f"{self.name} ({t}valid = {self.valid}, {t}ready = {self.ready}, {moved})"


@dataclass
class Monitor:
    """All handshakes of a DUT from now on, `cycle` by cycle; `violations` are sentences. `watchers` are called each cycle."""

    dut: Any
    cycle: int = 0
    handshakes: dict[str, Handshake] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    watchers: list[Callable[[Monitor], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        dut = self.dut
        for name in STREAMS:
            payload = [getattr(dut, f"{name}_t{part}", None) for part in ("data", "user", "last")]
            self._add(name, f"{name}_t", payload)
        for channel, parts in _AXI_LITE.items():
            self._add(f"s_axi {channel}", f"s_axi_{channel}", [getattr(dut, f"s_axi_{channel}{part}") for part in parts])
        cocotb.start_soon(self._watch())

    def _add(self, name: str, prefix: str, payload: list[Any]) -> None:
        valid, ready = (getattr(self.dut, f"{prefix}{part}") for part in ("valid", "ready"))
        self.handshakes[name] = Handshake(name, valid, ready, [signal for signal in payload if signal is not None])

    async def _watch(self) -> None:
        edge = RisingEdge(self.dut.clk_i)
        while True:
            await edge
            self.cycle += 1
            reset = not int(self.dut.rst_ni.value)
            for handshake in self.handshakes.values():
                self._see(handshake, reset)
            for watcher in self.watchers:
                watcher(self)

    def _see(self, shake: Handshake, reset: bool) -> None:
        valid, ready = int(shake.valid_signal.value), int(shake.ready_signal.value)
        shake.valid, shake.ready = valid, ready
        if reset:
            shake.held, shake.run = None, 0
            return
        if shake.held is not None:
            if not valid:
                self.violations.append(f"cycle {self.cycle}: {shake.name} takes back what it offered")
            elif [int(signal.value) for signal in shake.payload] != shake.held:
                self.violations.append(f"cycle {self.cycle}: {shake.name} changes what it offers")
        shake.held = None
        if valid and ready:
            shake.beats += 1
            shake.since = self.cycle
            shake.run = max(shake.run, 0) + 1
        else:
            shake.run = min(shake.run, 0) - 1
            if valid:
                shake.held = [int(signal.value) for signal in shake.payload]

    def stuck(self) -> str:
        """Which handshakes wait, in words: those first in which something is offered and not taken."""
        found: list[str] = []
        for name, shake in self.handshakes.items():
            offers, takes = ("the driver", "the accelerator") if name in INPUTS else ("the accelerator", "the driver")
            if name not in STREAMS:
                if shake.valid and not shake.ready:
                    found.append(f"{shake} is not taken")
            elif shake.valid and not shake.ready:
                found.append(f"{shake} is offered by {offers} and not taken by {takes}")
            elif shake.ready and not shake.valid:
                found.append(f"{shake} is waited for by {takes} and not offered by {offers}")
        found.sort(key=lambda text: "not taken" not in text)
        return f"in cycle {self.cycle}, " + ("; ".join(found) or "no handshake waits")
