"""What the text may not contain anywhere, elaborated or not: found in pyslang's syntax tree of the whole language."""

from __future__ import annotations

from typing import Any

_REFUSED = {
    "InitialBlock": "an initial block",
    "FinalBlock": "a final block",
    "AlwaysFFBlock": "a clocked block (always_ff)",
    "AlwaysLatchBlock": "a latch (always_latch)",
    "DelayControl": "a delay",
    "Delay3": "a delay",
    "CycleDelay": "a delay",
    "OneStepDelay": "a delay",
    "WaitStatement": "a wait statement",
    "WaitForkStatement": "a wait statement",
    "WaitOrderStatement": "a wait statement",
    "ForeverStatement": "a loop that does not end (forever)",
    "ForeachLoopStatement": "a foreach loop",
    "ParallelBlockStatement": "a fork",
    "ProceduralForceStatement": "a force statement",
    "ProceduralAssignStatement": "a procedural continuous assignment",
    "BindDirective": "a bind",
    "DefParam": "a defparam",
    "TaskDeclaration": "a task",
    "DPIImport": "a DPI import",
    "DPIExport": "a DPI export",
    "UdpDeclaration": "a user-defined primitive",
    "SpecifyBlock": "a specify block",
    "SystemTimingCheck": "a timing check",
}
_TOP_LEVEL = ("ModuleDeclaration", "EmptyMember")


def refused(tree: Any) -> tuple[str, Any] | None:
    """The first construct in a syntax tree that is never allowed and its place, or None."""
    root = tree.root
    members = list(root.members) if root.kind.name == "CompilationUnit" else [root]
    for member in members:
        if member.kind.name not in _TOP_LEVEL:
            return _REFUSED.get(member.kind.name, f"{member.kind.name} outside a module"), member.sourceRange.start
    found: list[tuple[str, Any]] = []

    def look(node: Any) -> None:
        if not found and node.kind.name in _REFUSED:
            found.append((_REFUSED[node.kind.name], node.sourceRange.start))

    root.visit(look)
    return found[0] if found else None
