"""What can go wrong in proving or mutating a design, as one sentence."""


class FormalError(ValueError):
    """A design that cannot be proved or mutated at all, or a tool that is missing or failed; the message says which and why."""
