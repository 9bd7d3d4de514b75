"""Errors that name the layer or value and what is allowed."""


class PysimError(ValueError):
    """A network, its data or its configuration cannot be simulated as asked."""


class ConversionError(PysimError):
    """A layer multiplies but cannot be made approximate; the message names it."""


class UncalibratedError(PysimError):
    """A converted layer ran before its activations' range was known."""


class NonFiniteError(PysimError):
    """Weights or activations hold NaN or infinity, which no code stands for."""


class StateError(PysimError):
    """A state belongs to another multiplier, accumulator or code range than the model's; the message has both."""
