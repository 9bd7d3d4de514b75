"""Energy per operation: the toggles of each net over a stream of operands, each with the energy that it takes.

A net that changes from one operation to the next takes half of V * V * C of the pins that it drives, and its gate the mean of
its internal energies. Gates settle at once: glitches, leakage and wires are not in it.
"""

from __future__ import annotations

import numpy as np

from multipliers import Multiplier

from ._errors import SynthesisError
from ._library import Library
from ._netlist import Gate, Net, Netlist, unpacked
from ._timing import Timing

_BLOCK = 1 << 16
"""Operations simulated at a time, which bounds memory."""


def toggles(netlist: Netlist, multiplier: Multiplier, a: np.ndarray, b: np.ndarray) -> dict[Net, int]:
    """How often each net changes while operands a, b (N,) follow one another.

    Raises SynthesisError with the first pair whose product is not the golden model's.
    """
    counts: dict[Net, int] = {}
    for start in range(0, max(len(a) - 1, 1), _BLOCK):
        part = slice(start, start + _BLOCK + 1)  # the last operation is the next block's first
        values = netlist.evaluate(
            {**netlist.drive("a_i", a[part], multiplier.a), **netlist.drive("b_i", b[part], multiplier.b)}
        )
        check(netlist, multiplier, a[part], b[part], values)
        for net, packed in values.items():
            bits = unpacked(packed, len(a[part]))
            counts[net] = counts.get(net, 0) + int(np.count_nonzero(bits[1:] != bits[:-1]))
    return counts


def check(netlist: Netlist, multiplier: Multiplier, a: np.ndarray, b: np.ndarray, values: dict[Net, np.ndarray]) -> None:
    """Raise SynthesisError unless the netlist's products are the golden model's, all of them."""
    products, golden = netlist.read("p_o", values, len(a), multiplier.p), multiplier(a, b)
    wrong = np.flatnonzero(products != golden)
    if wrong.size:
        at = wrong[0]
        raise SynthesisError(
            f"{multiplier.label}: the synthesized netlist is not the model: {wrong.size} of {len(a)} products differ, "
            f"first at a = {a[at]}, b = {b[at]}: {products[at]}, and {golden[at]} in the model"
        )


def energy(netlist: Netlist, library: Library, timing: Timing, counts: dict[Net, int]) -> float:
    """The energy of all toggles, in the library's unit."""
    charge = library.voltage**2 / 2
    total = sum(count * charge * timing.loads.get(net, 0.0) for net, count in counts.items())
    total += sum(counts[gate.net] * _internal(gate, timing) for gate in netlist.gates)
    return total * library.energy_unit


def _internal(gate: Gate, timing: Timing) -> float:
    """A gate's mean internal energy of one output transition, at its slowest input's slope and its load."""
    if not gate.output.energies:
        return 0.0
    slope = max((timing.slopes.get(net, 0.0) for net in gate.pins.values()), default=0.0)
    load = timing.loads.get(gate.net, 0.0)
    return sum(table(slope, load) for table in gate.output.energies) / len(gate.output.energies)
