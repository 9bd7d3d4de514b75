"""Combinational `always` blocks: run once with signals for values, both branches of each condition, loops unrolled."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._expressions import Expressions, Word
from ._patterns import ANY, Pattern, pattern
from ._refusal import Refusal
from ._selections import bits_of, computed, key_of

Bit = tuple[str, int]
"""A net or variable by its key, and a bit of it."""

UNASSIGNED = -1
MOST_STEPS = 20_000
_ENDLESS = f"a block of more than {MOST_STEPS:,} steps, as of a loop without end"


class Process:
    """One run of a block's statements; `values` are the bits that it has assigned so far."""

    def __init__(self, circuit: Any) -> None:
        self.values: dict[Bit, int] = {}
        self.circuit = circuit
        self.gates = circuit.gates
        self.expressions = Expressions(circuit.gates, self._read, circuit.call)
        self._steps = 0

    def _read(self, symbol: Any, bits: range, node: Any) -> Word:
        path = key_of(symbol)
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
            raise Refusal(_ENDLESS, node)
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
        index = _index(target)
        if index is not None and self.expressions.number(index) is None:
            self._assign_computed(target, index, word)
        else:
            self.store(self.circuit.targets(target, self.expressions), word)

    def store(self, bits: list[Bit], word: Word) -> None:
        """Give bits their values."""
        self.values.update(zip(bits, word, strict=True))

    def _assign_computed(self, target: Any, index: Any, word: Word) -> None:
        """Assign to elements at an index that depends on the operands: every element keeps its value or gets the new one."""
        count = 1 if target.kind.name == "ElementSelect" else self.expressions.constant(target.right, "a number of bits")
        bits, select = self.circuit.targets(target.value, self.expressions), self.expressions.word(index)
        each = bits_of(target.type) // count
        for match, position in computed(target, select, index.type.isSigned, self.gates, count):
            for place, signal in enumerate(word):
                at = position * each + place
                if match != 0 and 0 <= at < len(bits):
                    before = self.values.get(bits[at], UNASSIGNED)
                    kept = UNASSIGNED if before == UNASSIGNED and match != 1 else self.gates.mux(match, signal, before)
                    self.store([bits[at]], [kept])

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
        wild = {"Normal": "", "WildcardJustZ": "z", "WildcardXOrZ": "xz"}.get(node.condition.name)
        if wild is None:
            raise Refusal(f"a case statement of the kind {node.condition.name}", node)
        word = self.expressions.word(node.expr)
        items = [(item.stmt, [pattern(label, wild, self.expressions) for label in item.expressions]) for item in node.items]
        covered = node.defaultCase is None and _covered([one for _, labels in items for one in labels], len(word))

        def from_item(index: int) -> None:
            if index == len(items):
                if node.defaultCase is not None:
                    self.run(node.defaultCase)
                return
            statement, labels = items[index]
            if covered and index == len(items) - 1:
                self.run(statement)
                return
            self._branch(self.gates.any([self._match(word, one) for one in labels]), statement, lambda: from_item(index + 1))

        from_item(0)

    def _match(self, word: Word, label: Pattern) -> int:
        """Whether a word is what a label says, but for the bits that may be anything."""
        pairs = zip(word, label, strict=True)
        return self.gates.all([self.gates.not_(self.gates.xor(bit, other)) for bit, other in pairs if other != ANY])

    def _ForLoop(self, node: Any) -> None:  # noqa: N802
        for variable in node.loopVars:
            word = self.expressions.word(variable.initializer)
            self.values.update({(key_of(variable), bit): signal for bit, signal in enumerate(word)})
        for initial in node.initializers:
            self.effect(initial)
        while self._again(node.stopExpr, node):
            self.run(node.body)
            for step in node.steps:
                self.effect(step)

    def _WhileLoop(self, node: Any) -> None:  # noqa: N802
        while self._again(node.cond, node):
            self.run(node.body)

    def _DoWhileLoop(self, node: Any) -> None:  # noqa: N802
        self.run(node.body)
        self._WhileLoop(node)

    def _RepeatLoop(self, node: Any) -> None:  # noqa: N802
        count = self.expressions.number(node.count)
        if count is None:
            raise Refusal("a loop whose end depends on the operands", node)
        for _ in range(count):
            self._count_step(node)
            self.run(node.body)

    def _again(self, condition: Any, node: Any) -> bool:
        self._count_step(node)
        again = self.gates.any(self.expressions.word(condition))
        if again not in (0, 1):
            raise Refusal("a loop whose end depends on the operands", node)
        return again == 1

    def _count_step(self, node: Any) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise Refusal(_ENDLESS, node)


def _index(target: Any) -> Any:
    """The index of an assignment's target that may be computed, or None."""
    if target.kind.name == "ElementSelect":
        return target.selector
    return target.left if target.kind.name == "RangeSelect" and target.selectionKind.name != "Simple" else None


def _covered(labels: list[Pattern], width: int) -> bool:
    """Whether constant labels name every value of a selector of up to 12 bits, so that nothing is left unassigned."""
    if width > 12 or any(bit not in (0, 1, ANY) for label in labels for bit in label):
        return False
    codes, found = np.arange(1 << width), np.zeros(1 << width, bool)
    for label in labels:
        matches = np.ones(1 << width, bool)
        for place, bit in enumerate(label):
            if bit != ANY:
                matches &= (codes >> place) & 1 == bit
        found |= matches
    return bool(found.all())
