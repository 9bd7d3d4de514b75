"""Errors that name the offending value and what is allowed."""


class VectorError(ValueError):
    """Data or settings that the vector unit's ports do not hold."""
