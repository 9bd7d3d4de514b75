"""Combinational `always` blocks: run once with signals for values, both branches of each condition, loops unrolled."""

from __future__ import annotations

from typing import Any

from ._expressions import Expressions, Word
from ._refusal import Refusal

Bit = tuple[str, int]
"""A net or variable by its hierarchical path, and a bit of it."""

UNASSIGNED = -1
MOST_STEPS = 20_000


class Process:
    """One run of a block's statements; `values` are the bits that it has assigned so far."""

    def __init__(self, circuit: Any) -> None:
        self.values: dict[Bit, int] = {}
        self.circuit = circuit
        self.gates = circuit.gates
        self.expressions = Expressions(circuit.gates, self._read)
        self._steps = 0

    def _read(self, symbol: Any, bits: range, node: Any) -> Word:
        path = symbol.hierarchicalPath
        word = []
        for bit in bits:
            signal = self.values.get((path, bit))
            if signal == UNASSIGNED:
                raise Refusal(f"{symbol.name}, which is read before every path has assigned it (a latch)", node)
            word.append(self.circuit.read(symbol, range(bit, bit + 1), node)[0] if signal is None else signal)
        return word

    def run(self, node: Any) -> None:
        """Execute a statement."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise Refusal(f"a block of more than {MOST_STEPS:,} steps", node)
        method = getattr(self, f"_{node.kind.name}", None)
        if method is None:
            raise Refusal(f"a statement of the kind {node.kind.name}", node)
        method(node)

    def _Empty(self, node: Any) -> None:  # noqa: N802, the kinds' own names
        pass

    def _List(self, node: Any) -> None:  # noqa: N802
        for statement in node.list:
            self.run(statement)

    def _Block(self, node: Any) -> None:  # noqa: N802
        self.run(node.body)

    def _VariableDeclaration(self, node: Any) -> None:  # noqa: N802
        if node.symbol.initializer is not None:
            raise Refusal("a variable with an initial value", node)

    def _ExpressionStatement(self, node: Any) -> None:  # noqa: N802
        self.effect(node.expr)

    def effect(self, node: Any) -> None:
        """An assignment, or a loop's `i++`."""
        kind = node.kind.name
        if kind == "Assignment":
            if node.isNonBlocking:
                raise Refusal("a non-blocking assignment", node)
            self._assign(node.left, self.expressions.word(node.right))
        elif kind == "UnaryOp" and node.op.name.endswith(("increment", "decrement")):
            word = self.expressions.word(node.operand)
            one = [1] + [0] * (len(word) - 1)
            up = node.op.name.endswith("increment")
            self._assign(node.operand, (self.gates.add if up else self.gates.subtract)(word, one)[0])
        else:
            raise Refusal(f"a statement of the kind {kind}", node)

    def _assign(self, target: Any, word: Word) -> None:
        self.values.update(zip(self.circuit.targets(target, self.expressions), word, strict=True))

    def _Conditional(self, node: Any) -> None:  # noqa: N802
        self._branch(self.expressions.condition(node.conditions), node.ifTrue, node.ifFalse)

    def _branch(self, select: int, yes: Any, no: Any) -> None:
        if select in (0, 1):
            chosen = yes if select else no
            if chosen is not None:
                self._run(chosen)
            return
        before = dict(self.values)
        self._run(yes)
        after_yes, self.values = self.values, before
        if no is not None:
            self._run(no)
        for bit in after_yes.keys() | self.values.keys():
            one, other = after_yes.get(bit, UNASSIGNED), self.values.get(bit, UNASSIGNED)
            known = UNASSIGNED not in (one, other)
            self.values[bit] = self.gates.mux(select, one, other) if known else UNASSIGNED

    def _run(self, branch: Any) -> None:
        branch() if callable(branch) else self.run(branch)

    def _Case(self, node: Any) -> None:  # noqa: N802
        if node.condition.name not in ("Normal", "WildcardJustZ"):
            raise Refusal(f"a case statement of the kind {node.condition.name}", node)
        word, signed = self.expressions.word(node.expr), node.expr.type.isSigned
        items = list(node.items)

        def from_item(index: int) -> None:
            if index == len(items):
                if node.defaultCase is not None:
                    self.run(node.defaultCase)
                return
            matches = []
            for label in items[index].expressions:
                other = self.expressions.word(label)
                same = self.expressions.binary("Equality", word, other, signed, signed)
                assert same is not None
                matches += same
            if index == len(items) - 1 and node.defaultCase is None and self._covers(items, len(word)):
                self.run(items[index].stmt)
                return
            self._branch(self.gates.any(matches), items[index].stmt, lambda: from_item(index + 1))

        from_item(0)

    def _covers(self, items: list[Any], width: int) -> bool:
        """Whether constant labels name every value of the selector, so that nothing is left unassigned."""
        labels = {self.expressions.number(label) for item in items for label in item.expressions}
        return None not in labels and len(labels) == 1 << width

    def _ForLoop(self, node: Any) -> None:  # noqa: N802
        for variable in node.loopVars:
            word = self.expressions.word(variable.initializer)
            self.values.update({(variable.hierarchicalPath, bit): signal for bit, signal in enumerate(word)})
        for initial in node.initializers:
            self.effect(initial)
        while True:
            again = self.gates.any(self.expressions.word(node.stopExpr))
            if again not in (0, 1):
                raise Refusal("a loop whose end depends on the operands", node)
            if again == 0:
                return
            self.run(node.body)
            for step in node.steps:
                self.effect(step)
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise Refusal(f"a loop of more than {MOST_STEPS:,} steps, or without end", node)
