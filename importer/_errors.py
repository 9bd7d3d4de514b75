"""What is wrong with something that a user brought, in one sentence."""

from multipliers import MultiplierError


class VerilogError(MultiplierError):
    """Verilog that is no combinational multiplier, or does more than compute; the message names construct and line."""


class TableError(MultiplierError):
    """A table that cannot be read as products."""


class ReadingWarning(UserWarning):
    """An imported multiplier whose bits were probably meant in another way; the message says which, and the option for it."""
