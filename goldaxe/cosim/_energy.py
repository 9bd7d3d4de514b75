"""Energy of a program's products and bytes, for an array of any size: no Verilog of the array is run.

A product costs what `goldaxe.cost` says of the multiplier on the layer's own operands, in the order in which a
weight-stationary array sends them: a weight rests while the activations of all positions pass. Bytes cost published figures
for 45 nm (Horowitz, ISSCC 2014). The two have different units and are not added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from accelerator import Program
from accelerator.program import Product, Recurrent
from accelerator.schedule import Traffic, streams

from ..cost import Cost, Stream, SynthesisError, cost
from ..cost._layer_stream import visits

SRAM_PJ = 10 / 8
"""A byte of an 8 kB SRAM, pJ: 10 pJ for 64 bits."""
DRAM_PJ = 1300 / 8
"""A byte of DRAM, pJ: 1.3 nJ for 64 bits."""

_WEIGHTS, _INPUTS = 64, 8


@dataclass(frozen=True)
class LayerEnergy:
    """Energy of an operation's products for one input, in `unit`, and its ratio to the exact multiplier's."""

    per_product: float
    products: int
    ratio: float
    unit: str

    @property
    def total(self) -> float:
        """Energy of all products of one input."""
        return self.per_product * self.products


def memory_energy(traffic: Traffic) -> float:
    """pJ of all bytes that move, on chip and from and to DRAM."""
    return traffic.sram * SRAM_PJ + traffic.dram * DRAM_PJ


def layer_energy(
    program: Program, operation: Product | Recurrent, values: dict[str, Tensor], products: int, seed: int = 0
) -> LayerEnergy | None:
    """Energy of an operation, from the codes that its inputs have in a run's `values`; None where Yosys is missing.

    Sampled: 64 of the layer's weights, drawn by `seed`, and all positions of up to 8 inputs.
    """
    stream = operand_stream(program, operation, values, seed)
    try:
        found: Cost = cost(program.arithmetic.operands.multiplier, stream=stream)
    except SynthesisError:
        return None
    return LayerEnergy(found.energy, products, found.energy_ratio, found.units[2])


def operand_stream(program: Program, operation: Product | Recurrent, values: dict[str, Tensor], seed: int = 0) -> Stream:
    """What passes one multiplier while an operation's weights rest in it, one after the other."""
    if isinstance(operation, Recurrent):
        codes = values[f"{operation.name}.hidden"][:_INPUTS].numpy()
        lanes = codes.reshape(1, -1, codes.shape[-1])
    else:
        zero = program.values[operation.source].zero_point
        each = [streams(operation, codes, zero) for codes in values[operation.source][:_INPUTS].numpy()]
        lanes = np.concatenate(each, axis=1)
    weight = operation.matrix.weight.reshape(operation.matrix.outputs, -1)
    places = np.random.default_rng(seed).choice(weight.size, min(_WEIGHTS, weight.size), replace=False)
    a, b = visits(lanes.transpose(0, 2, 1), weight, places)
    return Stream(f"{program.name}:{operation.name}, weight-stationary", a.astype(np.int64), b.astype(np.int64))
