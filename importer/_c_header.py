"""Tables in C headers: one array of integer literals, read as a C compiler reads it or not at all."""

from __future__ import annotations

import re
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from multipliers._multiplier import TABLE_BITS

from ._errors import TableError

_LONGEST = 400
"""Letters of a declaration."""
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_DECLARED = re.compile(r"(?P<type>[\w\s:]*?)\b[A-Za-z_]\w*\s*(?P<sizes>(?:\[[^\][]*\]\s*)+)[\w\s()]*", re.ASCII)
_LITERAL = re.compile(
    r"(?P<sign>[+-]?)"
    r"(?:0[xX](?P<hex>[0-9a-fA-F]{1,16})|0[bB](?P<binary>[01]{1,64})|(?P<octal>0[0-7]{0,22})|(?P<plain>[1-9][0-9]{0,19}))"
    r"(?P<suffix>[uU]?(?:l|L|ll|LL)?|(?:l|L|ll|LL)[uU])"
)
_BASES = {"hex": 16, "binary": 2, "octal": 8, "plain": 10}
_FIXED = re.compile(r"(?:std::)?(u?)int(?:_least)?(8|16|32|64)_t")
_DEFINED = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(\w+)[ \t]*$", re.MULTILINE | re.ASCII)


def read_header(path: Path, text: str) -> np.ndarray:
    """The integers of a header's one array, int64, of its declared shape.

    Literals are C's: 0777 is octal, 0b1 binary, suffixes u, l and ll are allowed. A TableError for whatever C would convert or
    fill in silently: values that the declared type does not hold, fewer items than declared, braces of unequal length.
    """
    text = _COMMENT.sub(" ", text.replace("\\\r\n", "").replace("\\\n", ""))
    before, _, after = text.partition("=")
    declared = re.split(r"[;{}]|^[ \t]*#.*$", before, flags=re.MULTILINE)[-1].strip()
    found = _DECLARED.fullmatch(declared) if len(declared) <= _LONGEST else None
    if found is None or not after.lstrip().startswith("{") or "=" in after:
        raise TableError(f"{path.name}: it does not hold one array, TYPE NAME[...] = {{...}}")
    low, high = _range(path.name, found["type"])
    values = _items(path.name, after)
    shape = _shape_of(path.name, values)
    sizes = _sizes(path.name, found["sizes"], dict(_DEFINED.findall(before)))
    count = prod(shape)
    if sizes[0] is None:
        sizes[0] = count // max(prod(size or 0 for size in sizes[1:]), 1)
    if prod(size or 0 for size in sizes) != count or (len(shape) > 1 and shape != tuple(sizes)):
        declared, given = (" x ".join(map(str, of)) for of in (sizes, shape))
        raise TableError(f"{path.name}: {declared} items are declared and {given} given; C would fill in zeros or refuse it")
    flat = _flat(values)
    outside = next((value for value in flat if not low <= value <= high), None)
    if outside is not None:
        kind = " ".join(found["type"].split())
        raise TableError(f"{path.name}: {outside} does not fit the array's type, {kind}: C would convert it")
    if any(not -(2**31) <= value < 2**31 for value in flat):
        raise TableError(f"{path.name}: it holds products beyond 32 bits")
    return np.array(flat, np.int64).reshape([size or 0 for size in sizes])


def _range(name: str, declared: str) -> tuple[int, int]:
    """What the declared type holds; a plain char what it holds on every machine."""
    words = declared.split()
    fixed = [match for word in words if (match := _FIXED.fullmatch(word))]
    basic = [word for word in words if word in ("char", "short", "int", "long")]
    if len(fixed) == 1 and not basic:
        bits, unsigned = int(fixed[0][2]), bool(fixed[0][1])
    elif not fixed and (basic or "unsigned" in words or "signed" in words):
        bits = 8 if "char" in basic else 16 if "short" in basic else 64 if basic.count("long") > 1 else 32
        unsigned = "unsigned" in words
        if basic == ["char"] and not unsigned and "signed" not in words:
            return 0, 127
    else:
        kind = " ".join(words)[-60:]
        raise TableError(
            f"{name}: the type {kind!r} of its array is not known; use C's integers or those of stdint.h, as int16_t"
        )
    return (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _sizes(name: str, text: str, defined: dict[str, str]) -> list[int | None]:
    """The declared sizes: literals, names that are defined as such, and products of them; None for an empty first one."""
    sizes: list[int | None] = []
    for size in re.findall(r"\[([^\]]*)\]", text):
        factors = [_literal(defined.get(factor.strip(), factor.strip())) for factor in size.split("*")]
        if size.strip() == "" and not sizes:
            sizes.append(None)
        elif None in factors:
            raise TableError(f"{name}: the size [{size.strip()[:40]}] of its array is no number")
        else:
            sizes.append(prod(factor or 0 for factor in factors))
    return sizes


def _items(name: str, text: str) -> list[Any]:
    """The nested lists of integers from the first brace to the one that closes it."""
    stack: list[list[Any]] = []
    expected, count = True, 0  # an item or a brace, not a comma
    for token in re.finditer(r"[{},]|[^\s{},][^{},]*", text):
        word = token.group().strip()
        if word == "{" and expected and len(stack) < 4:
            stack.append([])
        elif word == "}" and (stack[-1] or expected):
            done = stack.pop()
            expected = False
            if not stack:
                return done
            stack[-1].append(done)
        elif word == "," and not expected:
            expected = True
        elif expected and word not in "{},":
            value = _literal(word)
            if value is None:
                raise TableError(f"{name}: {word[:40]!r} is no integer that C reads in one way")
            stack[-1].append(value)
            expected, count = False, count + 1
            if count > 1 << TABLE_BITS:
                raise TableError(f"{name}: its array has more than {1 << TABLE_BITS:,} items")
        else:
            raise TableError(f"{name}: {word[:40]!r} stands where C does not allow it")
    raise TableError(f"{name}: the braces of its array do not end")


def _literal(word: str) -> int | None:
    found = _LITERAL.fullmatch(word)
    if found is None or (found["sign"] == "-" and "u" in found["suffix"].lower()):
        return None  # -1u is a large number
    kind = next(kind for kind in _BASES if found[kind])
    value = int(found[kind], _BASES[kind])
    return -value if found["sign"] == "-" else value


def _shape_of(name: str, values: list[Any]) -> tuple[int, ...]:
    inner = {_shape_of(name, value) if isinstance(value, list) else () for value in values}
    if len(inner) > 1:
        raise TableError(f"{name}: its braces do not hold equally many items each; C would fill in zeros")
    return len(values), *next(iter(inner), ())


def _flat(values: list[Any]) -> list[int]:
    return [item for value in values for item in (_flat(value) if isinstance(value, list) else [value])]
