"""Liberty files as text: groups within groups, attributes, and quoted lists of numbers. What they mean is `_library.py`'s.

Format: Liberty User Guide (Synopsys, open source): `group(names) { attribute : value; complex(values); group() {...} }`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ._errors import CostError

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}():;,]|[^\s{}():;,"]+|(")', re.DOTALL)
_IGNORED = re.compile(r"/\*.*?\*/|//[^\n]*|\\\r?\n", re.DOTALL)

_DEEPEST = 20
"""Groups within groups; libraries have five or so."""


@dataclass
class Group:
    """One group: `cell(NAND2) {...}` has kind "cell" and names ["NAND2"]; `lists` are its complex attributes."""

    kind: str
    names: list[str]
    attributes: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its first name, empty if it has none."""
        return self.names[0] if self.names else ""

    def all(self, kind: str) -> Iterator[Group]:
        """The groups of that kind directly in this one."""
        return (group for group in self.groups if group.kind == kind)


class Tokens:
    """The words of a Liberty file, comments left out, quotes kept; running out of them is an error."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = []
        for match in _TOKEN.finditer(_IGNORED.sub(" ", text)):
            if match[1]:
                raise CostError("the Liberty file has a quotation mark that is never closed")
            self._words.append(match[0])
        self._next = 0

    def peek(self) -> str:
        """The next word, left where it is."""
        if self._next >= len(self._words):
            raise CostError("the Liberty file ends in the middle of a group")
        return self._words[self._next]

    def take(self, expected: str = "") -> str:
        """The next word; raises CostError if it is not the expected one."""
        word = self.peek()
        if expected and word != expected:
            raise CostError(f"the Liberty file has {word[:40]!r} where {expected!r} belongs (word {self._next + 1})")
        self._next += 1
        return word


def parse(text: str) -> Group:
    """The group `library` of a Liberty file's text; raises CostError for anything else."""
    tokens = Tokens(text)
    tokens.take("library")
    return _group("library", tokens, 0)


def _group(kind: str, tokens: Tokens, depth: int) -> Group:
    if depth > _DEEPEST:
        raise CostError(f"the Liberty file has groups within groups, more than {_DEEPEST} deep")
    group = Group(kind, _arguments(tokens))
    tokens.take("{")
    while tokens.peek() != "}":
        name = tokens.take()
        if name == ";":
            continue
        if tokens.peek() == ":":
            group.attributes[name] = _value(tokens)
        else:
            _complex(group, name, tokens, depth)
    tokens.take("}")
    return group


def _complex(group: Group, name: str, tokens: Tokens, depth: int) -> None:
    """`name(...)`: a group if a brace follows, else a list. Groups are read again from their arguments on."""
    start = tokens._next
    values = _arguments(tokens)
    if tokens.peek() == "{":
        tokens._next = start
        group.groups.append(_group(name, tokens, depth + 1))
    else:
        group.lists[name] = values


def _arguments(tokens: Tokens) -> list[str]:
    tokens.take("(")
    values = []
    while (word := tokens.take()) != ")":
        if word != ",":
            values.append(_unquoted(word))
    return values


def _value(tokens: Tokens) -> str:
    tokens.take(":")
    words = []
    while tokens.peek() not in (";", "}"):
        words.append(_unquoted(tokens.take()))
    return " ".join(words)


def _unquoted(word: str) -> str:
    return word[1:-1] if word.startswith('"') else word
