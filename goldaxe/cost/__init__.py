"""What multipliers cost: their Verilog, synthesized by Yosys to a library of cells, timed, and simulated for its toggles.

Needs `pip install 'goldaxe[synth]'`. Numbers compare designs; they are no sign-off: wires, glitches, leakage and layout are not
in them.
"""

from ._cost import Cost, cost
from ._errors import CostError, SynthesisError
from ._library import UNIT_GATE, read_library
from ._streams import Stream, read_stream, uniform

__all__ = ["UNIT_GATE", "Cost", "CostError", "Stream", "SynthesisError", "cost", "read_library", "read_stream", "uniform"]
