"""Co-simulation of whole programs: on the Verilog, beside the golden simulator, pysim's layers and the cycle model."""

from ._energy import LayerEnergy, layer_energy, memory_energy
from ._explain import Divergence, explain
from ._report import plain
from ._run import Cosimulation, Layer, cosimulate
from ._workload import lowered

__all__ = [
    "Cosimulation",
    "Divergence",
    "Layer",
    "LayerEnergy",
    "cosimulate",
    "explain",
    "layer_energy",
    "lowered",
    "memory_energy",
    "plain",
]
