"""Scenarios on `accelerator_top`, by name. Each begins after a reset."""

from .bench import Bench
from .errors import broken, missing_tail
from .jobs import alone, back_to_back, layers
from .registers import busy, identity, pipelined, refused
from .resets import cleared_at_every_cycle, interrupted
from .stalls import full, full_then_cleared, stalled
from .stuck import stuck

__all__ = ["SCENARIOS", "Bench"]

SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (
        *(
            alone,
            back_to_back,
            layers,
            stalled,
            full,
            full_then_cleared,
            identity,
            pipelined,
            refused,
            busy,
            broken,
            missing_tail,
        ),
        *(interrupted, cleared_at_every_cycle, stuck),
    )
}
