"""Static timing: the latest arrival at the outputs over all topological paths.

An arc's delay and output slope are the worse of rise and fall, at the latest input's slope and the load of the pins that the
output drives. Wires have no load. Inputs arrive at 0 with the steepest slope that the tables know.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ._netlist import Gate, Net, Netlist


@dataclass(frozen=True)
class Timing:
    """Of each net: its arrival time, slope and load, in the library's units; `delay` is the critical path's."""

    arrivals: dict[Net, float]
    slopes: dict[Net, float]
    loads: dict[Net, float]
    delay: float


def analyse(netlist: Netlist) -> Timing:
    """The arrival times of a netlist."""
    loads: dict[Net, float] = defaultdict(float)
    seen: set[tuple[int, str]] = set()
    for gate in netlist.gates:
        for pin, net in gate.pins.items():
            if (id(gate.pins), pin) not in seen:  # the outputs of one cell share its pins
                seen.add((id(gate.pins), pin))
                loads[net] += gate.cell.loads[pin]
    arrivals: dict[Net, float] = defaultdict(float)
    slopes: dict[Net, float] = defaultdict(float)
    for gate in netlist.gates:
        arrivals[gate.net], slopes[gate.net] = _arrive(gate, loads[gate.net], arrivals, slopes)
    delay = max((arrivals[net] for bits in netlist.ports.values() for net in bits), default=0.0)
    return Timing(dict(arrivals), dict(slopes), dict(loads), delay)


def _arrive(gate: Gate, load: float, arrivals: dict[Net, float], slopes: dict[Net, float]) -> tuple[float, float]:
    arrival = slope = 0.0
    for arc in gate.output.arcs:
        net = gate.pins.get(arc.pin)
        if net is None or net in ("0", "1"):
            continue
        latest = arrivals[net] + max((table(slopes[net], load) for table in arc.delays), default=0.0)
        arrival = max(arrival, latest)
        slope = max(slope, *(table(slopes[net], load) for table in arc.slopes), 0.0)
    return arrival, slope
