"""What can go wrong in estimating a cost, as one sentence."""


class CostError(ValueError):
    """A cell library, operand stream or design that no cost can be had for; the message says which and why."""


class SynthesisError(CostError):
    """Yosys is missing, failed, took too long, or made a netlist that does not compute the multiplier."""
