"""Errors that name the operation, module or file and what is allowed."""


class ProgramError(ValueError):
    """An integer program, or the file of one, is not sound or cannot be run as asked."""


class LoweringError(ProgramError):
    """A network cannot be made an integer program; the message names the module."""
