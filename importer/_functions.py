"""Functions: run at each call with the arguments' signals for values. What a function reads and assigns is its own."""

from __future__ import annotations

from typing import Any

from ._expressions import Expressions, Word, resized
from ._refusal import Refusal
from ._selections import bits_of, key_of, name_in
from ._statements import Bit, Process

DEEPEST = 32
"""Calls within calls."""


def called(circuit: Any, node: Any, expressions: Expressions) -> Word:
    """The word that a call gives back; raises Refusal for tasks, recursion, and functions that see more than arguments."""
    function = node.subroutine
    if function.subroutineKind.name != "Function":
        raise Refusal(f"a call of {function.name}, which is no function", node)
    if circuit.depth == DEEPEST:
        raise Refusal(f"calls more than {DEEPEST} deep, as of a function by itself", node)
    run = _Call(circuit, function)
    for formal, actual in zip(function.arguments, node.arguments, strict=True):
        if formal.direction.name != "In" or not formal.type.isIntegral:
            raise Refusal(f"an argument {formal.name} that is no plain input", node)
        word = resized(expressions.word(actual), bits_of(formal.type), actual.type.isSigned)
        run.values.update({(key_of(formal), bit): signal for bit, signal in enumerate(word)})
    circuit.depth += 1
    run.run(function.body)
    circuit.depth -= 1
    return run.result()


class _Call(Process):
    """One call of a function: a block whose variables begin unassigned, since a function keeps nothing from call to call."""

    def __init__(self, circuit: Any, function: Any) -> None:
        super().__init__(circuit)
        self._function = function

    def _read(self, symbol: Any, bits: range, node: Any) -> Word:
        path = key_of(symbol)
        if not path.startswith(self._function.hierarchicalPath + "."):
            raise Refusal(f"a function that reads {symbol.name}, which is no argument of it", node)
        if any(self.values.get((path, bit), -1) < 0 for bit in bits):
            raise Refusal(f"{symbol.name}, which is read before every path has assigned it (a latch)", node)
        return [self.values[path, bit] for bit in bits]

    def store(self, bits: list[Bit], word: Word) -> None:
        """Give bits of the function's own variables their values."""
        for path, _ in bits:
            if not path.startswith(self._function.hierarchicalPath + "."):
                raise Refusal(f"a function that assigns {name_in(path)}, which is not its own", self._function)
        super().store(bits, word)

    def result(self) -> Word:
        """The function's value."""
        value = self._function.returnValVar
        if value is None or not value.type.isIntegral:
            raise Refusal(f"the function {self._function.name}, which gives back no vector of bits", self._function)
        return self._read(value, range(bits_of(value.type)), self._function)
