"""GRU, LSTM and RNN layers as operations: the product of all steps' inputs, then the steps, for each layer and direction."""

from __future__ import annotations

import math
from typing import Any

from pysim.kernels import Window
from pysim.layers import ApproximateRecurrent
from pysim.layers._recurrent import _suffixes

from ..fixed_point import rescaling
from ..program import GATES, Concatenate, Product, Recurrent, Select
from ._builder import Builder
from ._fold import Folded, fold
from ._quantities import HIDDEN, gates, of_input
from ._recognize import refused

LARGEST_FRACTION = 11
"""Most bits behind the point of gates, which then reach to +-16; fewer where the accumulators are coarser than that."""


def lower_recurrent(layer: Any, where: str, source: str, builder: Builder) -> Any:
    """What the layer returns, as names of values: (output, h_n), or (output, (h_n, None)) of an LSTM; h_n is a list of names.

    The source is a sequence (T, F). Raises LoweringError for what the array's cells do not compute.
    """
    _check(layer, where)
    last: list[str] = []
    for number, suffixes in enumerate(_suffixes(layer)):
        outputs = [_direction(layer, where, source, suffix, builder) for suffix in suffixes]
        for output, suffix in zip(outputs, suffixes, strict=True):
            index = 0 if suffix.endswith("_reverse") else builder.shape(output)[0] - 1
            last.append(f"{output}:{index}")
        source = outputs[0]
        if len(outputs) > 1:
            steps, size = builder.shape(source)
            both = builder.value(f"{where}.l{number}", (steps, size * len(outputs)), HIDDEN)
            source = builder.add(Concatenate, both, sources=tuple(outputs), axis=1)
    return source, (last, None) if layer.mode == "LSTM" else last


def last_state(name: str, builder: Builder) -> str:
    """A hidden state after the last step, from the name that `lower_recurrent` has for it."""
    output, index = name.rsplit(":", 1)
    target = builder.value(f"{output}.last", builder.shape(output)[1:], HIDDEN)
    return builder.add(Select, target, source=output, axis=0, index=int(index))


def _check(layer: ApproximateRecurrent, where: str) -> None:
    what = f"{layer.mode}"
    if layer.mode not in GATES:
        raise refused(where, what, "its states have no bounds that a fixed-point format could keep")
    if layer.proj_size:
        raise refused(where, what, "it projects its hidden state")
    if not layer.batch_first:
        raise refused(where, what, "it takes time before the batch; make it with batch_first=True")


def _direction(layer: Any, where: str, source: str, suffix: str, builder: Builder) -> str:
    """One direction of one layer: the name of its hidden states (T, H)."""
    folded = {kind: _folded(layer, kind, suffix) for kind in ("ih", "hh")}
    fraction = _fraction(folded, where, layer.mode)
    gate = gates(fraction)
    steps = builder.shape(source)[0]
    x = builder.quantified(source, of_input(layer.product(f"ih{suffix}")))
    target = builder.value(f"{where}.gates{suffix}", (steps, len(folded["ih"].codes)), gate)
    shape = {kind: (*part.codes.shape, 1, 1) for kind, part in folded.items()}
    from_input = builder.add(
        Product,
        target,
        source=x,
        matrix=folded["ih"].matrix(gate, shape["ih"]),
        window=Window(),
        layout="rows",
        low=gate.low,
        high=gate.high,
    )
    hidden = of_input(layer.product(f"hh{suffix}"))
    (multiplier,), shift = rescaling([HIDDEN.scale / hidden.scale])
    return builder.add(
        Recurrent,
        builder.value(f"{where}.hidden{suffix}", (steps, layer.hidden_size), HIDDEN),
        source=from_input,
        cell=layer.mode,
        matrix=folded["hh"].matrix(gate, shape["hh"]),
        gate_fraction=fraction,
        hidden_multiplier=multiplier,
        hidden_shift=shift,
        hidden_zero_point=hidden.zero_point,
        hidden_low=hidden.low,
        hidden_high=hidden.high,
        reverse=suffix.endswith("_reverse"),
    )


def _folded(layer: Any, kind: str, suffix: str) -> Folded:
    bias = getattr(layer, f"bias_{kind}{suffix}") if layer.bias else None
    return fold(layer.product(f"{kind}{suffix}"), getattr(layer, f"weight_{kind}{suffix}"), bias)


def _fraction(folded: dict[str, Folded], where: str, mode: str) -> int:
    """The most bits behind the gates' point with which they are no finer than both accumulators."""
    coarsest = max(part.coarsest for part in folded.values())
    fraction = min(LARGEST_FRACTION, math.floor(-math.log2(coarsest)) if coarsest else LARGEST_FRACTION)
    while fraction >= 0 and not all(part.fits(2.0**-fraction) for part in folded.values()):
        fraction -= 1
    if fraction < 0:
        raise refused(where, mode, f"one unit of its accumulators is worth {coarsest:g}, too coarse for gates")
    return fraction
