"""Nodes of a graph as steps: what an operation will be made of, with batch norm and clamps fused into it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from torch import fx, nn

from .._errors import LoweringError
from ._recognize import Found, recognize
from ._trace import Traced

_CLAMPING = ("product", "add", "average")
"""Steps whose operation clamps what it writes, so that a ReLU behind it costs nothing."""


@dataclass(eq=False)
class Step:
    """One operation to be: what it is, where it stands, the nodes that it reads, and the last one that it covers."""

    kind: str
    where: str
    node: fx.Node
    sources: list[fx.Node]
    layer: nn.Module | None = None
    options: dict[str, Any] = field(default_factory=dict)
    norm: nn.Module | None = None
    low: float = -math.inf
    high: float = math.inf


def steps_of(traced: Traced) -> tuple[list[Step], dict[fx.Node, Step]]:
    """The steps in order, and the step that computes each node; raises LoweringError for a node that none can compute."""
    steps: list[Step] = []
    made: dict[fx.Node, Step] = {}
    for node in traced.graph.nodes:
        if node in traced.numbers and node.op != "output":
            continue
        found = recognize(node, traced.modules)
        if _fused(found, node, made, traced):
            made[node] = made[found.sources[0]]
            made[node].node = node
            continue
        step = Step(found.kind, found.where, node, found.sources, found.layer, found.options)
        if found.kind == "clamp":
            step.low, step.high = found.options["low"], found.options["high"]
        steps.append(step)
        made[node] = step
    return steps, made


def readers(node: fx.Node, traced: Traced) -> list[fx.Node]:
    """The nodes that read a node's numbers, and not just its shape."""
    return [user for user in node.users if user not in traced.numbers or user.op == "output"]


def _fused(found: Found, node: fx.Node, made: dict[fx.Node, Step], traced: Traced) -> bool:
    """Whether a node becomes part of the step before it; raises LoweringError for batch norm that cannot."""
    if found.kind not in ("same", "norm", "clamp"):
        return False
    source = found.sources[0]
    before = made[source]
    if found.kind == "same":
        return len(readers(source, traced)) == 1
    alone = len(readers(source, traced)) == 1 and before.node is source
    if found.kind == "clamp":
        if not alone or before.kind not in _CLAMPING:
            return False
        before.low = max(before.low, found.options["low"])
        before.high = max(min(before.high, found.options["high"]), before.low)
        return True
    clamped = (before.low, before.high) != (-math.inf, math.inf)
    if not alone or before.kind != "product" or before.norm is not None or clamped:
        raise LoweringError(
            f"{found.where} (batch norm) cannot be lowered: it can be folded only into a convolution or linear layer "
            f"right before it, whose output nothing else reads; here it reads {before.where}"
        )
    before.norm = found.layer
    return True
