"""Errors that name the offending value and what is allowed."""


class ArrayError(ValueError):
    """An array, a tile or its data is described in a way that the hardware does not allow."""
