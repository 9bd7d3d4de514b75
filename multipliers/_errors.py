"""Errors that name the offending value and what is allowed."""


class MultiplierError(ValueError):
    """A multiplier was asked for, described or fed in a way that its definition does not allow."""


class UnknownMultiplierError(MultiplierError):
    """No family or variant has this name; the message carries close matches."""


class ParameterError(MultiplierError):
    """A width, sign or parameter lies outside the family's range."""


class OperandError(MultiplierError):
    """Operands that are not integers, or that do not fit the multiplier's ports."""


class SourceChangedWarning(UserWarning):
    """The file of an imported multiplier is not what it was when it was imported; what was imported is used."""
