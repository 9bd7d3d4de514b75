"""The Boolean function of a cell's output pin, as Liberty writes it: `(!((A B)+C))`, `A ^ B'`, `A & !S | B & S`.

Operators, strongest first: `!` before and `'` after an operand; `^`; `&`, `*` or nothing at all; `|` or `+`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from ._errors import CostError

Function = Callable[[Mapping[str, np.ndarray]], np.ndarray]
"""Arrays of packed bits by pin name -> the output's, of the same shape and dtype."""

_WORD = re.compile(r"\s*([A-Za-z_][\w\[\]]*|[01]|[!'^&*|+()]|\S)")
_LONGEST = 2000
"""Characters; what is longer is no gate, and could nest deeper than Python's stack."""


def compile_function(text: str) -> tuple[Function, frozenset[str]]:
    """The function and the pins that it reads; raises CostError for text that is no Boolean expression."""
    if len(text) > _LONGEST:
        raise CostError(f"a cell's function of {len(text):,} characters is too long; at most {_LONGEST:,} are read")
    parser = _Parser(_WORD.findall(text), text)
    try:
        function = parser.either()
    except RecursionError:
        raise CostError(f"the cell function {text[:40]!r}... is nested too deeply") from None
    if parser.word:
        raise parser.error()
    return function, frozenset(parser.pins)


class _Parser:
    """Recursive descent, one method for each strength of operator."""

    def __init__(self, words: list[str], text: str) -> None:
        self.words, self.text, self.pins = words, text, set[str]()

    @property
    def word(self) -> str:
        return self.words[0] if self.words else ""

    def error(self) -> CostError:
        return CostError(f"the cell function {self.text[:80]!r} is no Boolean expression at {self.word or 'its end'!r}")

    def either(self) -> Function:
        left = self.both()
        while self.word in ("|", "+"):
            self.words.pop(0)
            left = _joined(np.bitwise_or, left, self.both())
        return left

    def both(self) -> Function:
        left = self.differ()
        while self.word and self.word not in ("|", "+", ")"):
            if self.word in ("&", "*"):
                self.words.pop(0)
            left = _joined(np.bitwise_and, left, self.differ())
        return left

    def differ(self) -> Function:
        left = self.operand()
        while self.word == "^":
            self.words.pop(0)
            left = _joined(np.bitwise_xor, left, self.operand())
        return left

    def operand(self) -> Function:
        word = self.word
        if word == "!":
            self.words.pop(0)
            return _inverted(self.operand())
        if word == "(":
            self.words.pop(0)
            inner = self.either()
            if self.word != ")":
                raise self.error()
        elif re.match(r"[A-Za-z_]", word):
            self.pins.add(word)
            inner = _pin(word)
        else:
            raise self.error()
        self.words.pop(0)
        while self.word == "'":
            self.words.pop(0)
            inner = _inverted(inner)
        return inner


def _pin(name: str) -> Function:
    return lambda values: values[name]


def _inverted(inner: Function) -> Function:
    return lambda values: np.invert(inner(values))


def _joined(operator: np.ufunc, left: Function, right: Function) -> Function:
    return lambda values: operator(left(values), right(values))
