"""Families by name and multipliers by parameters or label; families register themselves when their module is imported.

Labels are printed and read here and nowhere else: family, width, signs (nothing unsigned, `s` signed, `us` unsigned
activation and signed weight, `su` the reverse), then each parameter: `drum8us_k4`.
"""

from __future__ import annotations

import copyreg
import difflib
import hashlib
import importlib
import inspect
import marshal
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import fields
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from . import _sign_magnitude
from ._bits import Operand
from ._errors import MultiplierError, ParameterError, UnknownMultiplierError
from ._family import SIGNS, Family, Published
from ._import_index import read as imported
from ._imported import find, is_imported, with_imported_signs
from ._multiplier import Factors, Multiplier
from ._sign_magnitude import Function, by_magnitude, factors_by_magnitude, product_port

_families: dict[str, Family] = {}


def register(family: Family) -> Family:
    """Add a family; raises MultiplierError if another one has its name."""
    known = _families.get(family.name)
    if known is not None and known is not family:
        raise MultiplierError(f"a family named {family.name!r} is registered already")
    _families[family.name] = family
    return family


@cache
def _discover() -> None:
    """Import every public module of this package: each is a family. Its packages are not."""
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__):
        if not (module.name.startswith("_") or module.ispkg):
            importlib.import_module(f"{__package__}.{module.name}")


def families() -> dict[str, Family]:
    """All families by name, in alphabetical order."""
    _discover()
    return dict(sorted(_families.items()))


def family(name: str) -> Family:
    """The family of that name; raises UnknownMultiplierError with suggestions."""
    known = families()
    if name not in known:
        raise UnknownMultiplierError(f"unknown multiplier family {name!r}{_suggestion(name, list(known))}")
    return known[name]


def get(
    name: str,
    *,
    width: int | None = None,
    signed: bool | None = None,
    a_signed: bool | None = None,
    b_signed: bool | None = None,
    **parameters: int,
) -> Multiplier:
    """A multiplier by label, `get("drum8_k4")`, or by parameters, `get("drum", width=8, k=4, signed=True)`.

    `signed` is for both operands; `a_signed` and `b_signed` override it for one. Raises UnknownMultiplierError for an
    unknown name and ParameterError for a width or parameter that the family does not allow.
    """
    if width is None:
        if parameters or signed is not None or a_signed is not None or b_signed is not None:
            raise ParameterError(f"{name}: a width is needed, as in get({name!r}, width=8, ...)")
        return _from_label(name)
    a = bool(signed if a_signed is None else a_signed)
    b = bool(signed if b_signed is None else b_signed)
    return _make(family(name), width, (a, b), parameters)


def judged(chosen: Family, figure: Published) -> Multiplier:
    """The variant of a family that a published figure is about."""
    return _make(chosen, figure.width, (figure.signed, figure.signed), figure.parameters)


def with_signs(multiplier: Multiplier, a_signed: bool, b_signed: bool) -> Multiplier:
    """The same multiplier with other operand signs; raises MultiplierError where its family is not known.

    >>> with_signs(get("drum8_k4"), False, True).label
    'drum8us_k4'
    """
    if (multiplier.a.signed, multiplier.b.signed) == (a_signed, b_signed):
        return multiplier
    if is_imported(multiplier):
        return with_imported_signs(multiplier, a_signed, b_signed)
    if multiplier.family is None:
        raise MultiplierError(f"{multiplier.label}: no family, so its operands' signs cannot be changed")
    return _make(multiplier.family, multiplier.a.width, (a_signed, b_signed), multiplier.parameters)


def defaults() -> list[Multiplier]:
    """Every registered 8-bit default variant: what is listed, tested and verified without being asked for by name."""
    return [
        _make(chosen, 8, SIGNS[signs], parameters)
        for chosen in families().values()
        for parameters in chosen.defaults
        for signs in chosen.default_signs
    ]


def _make(chosen: Family, width: int, signs: tuple[bool, bool], parameters: Mapping[str, int]) -> Multiplier:
    items = tuple(chosen.check(width, parameters).items())
    return _variant(chosen, int(width), signs, items)


@lru_cache(maxsize=256)
def _variant(chosen: Family, width: int, signs: tuple[bool, bool], items: tuple[tuple[str, int], ...]) -> Multiplier:
    a, b = Operand(width, signs[0]), Operand(width, signs[1])
    function: Function = partial(chosen.function, width=width, **dict(items))
    factors: Factors | None = partial(chosen.factors, width=width, **dict(items)) if chosen.factors else None
    if any(signs) and not chosen.native_signs:
        function, product = by_magnitude(function), product_port(a, b, chosen.port(width).width)
        factors = factors_by_magnitude(factors) if factors else None
    else:
        product = chosen.port(width, signs)
    label = _label(chosen.name, width, signs, items)
    return Multiplier(label, a, b, product, function, chosen, dict(items), _source_hash_of(chosen), factors)


@cache
def _source_hash_of(chosen: Family) -> str:
    """Read once: the code that runs is the one that was imported."""
    return _source_hash(chosen)


def _source_hash(chosen: Family) -> str:
    """A hash of the code that defines a family's products, the identity of operands too wide for a table.

    That is the family's file, those of the functions it imports, and the sign wrapper. A function typed into an interpreter
    has no file; its compiled code stands for it.
    """
    code = getattr(chosen.function, "__code__", None)
    module = inspect.getmodule(chosen.function)
    used = [value for value in vars(module).values() if inspect.isfunction(value) and value is not register] if module else []
    origins = {inspect.getmodule(function) for function in used} | {module, _sign_magnitude}
    paths = sorted({path for origin in origins if (path := getattr(origin, "__file__", None))})
    text = [Path(path).read_bytes() for path in paths]
    if code is not None:
        in_file = Path(code.co_filename).is_file()
        text.append(f"{code.co_name} {code.co_firstlineno}".encode() if in_file else marshal.dumps(code))
    return hashlib.sha256(b"\0".join(text)).hexdigest()


def _label(name: str, width: int, signs: tuple[bool, bool], items: tuple[tuple[str, int], ...]) -> str:
    suffix = next(suffix for suffix, pair in SIGNS.items() if pair == signs)
    return "_".join([f"{name}{width}{suffix}", *(f"{key}{value}" for key, value in items)])


def _from_label(label: str) -> Multiplier:
    for name in sorted(families(), key=len, reverse=True):
        match = re.fullmatch(rf"{name}(\d+)(s|us|su|)((?:_[a-z]+\d+)*)", label)
        if match:
            parameters = {key: int(value) for key, value in re.findall(r"_([a-z]+)(\d+)", match[3])}
            made = _make(family(name), int(match[1]), SIGNS[match[2]], parameters)
            if made.label == label:
                return made
            raise UnknownMultiplierError(f"unknown multiplier {label!r}; did you mean {made.label}?")
    brought = find(label)
    if brought is not None:
        return brought
    if Path(label).suffix in (".v", ".sv", ".npy", ".csv", ".h", ".bin"):
        raise UnknownMultiplierError(
            f"unknown multiplier {label!r}: import the file first, by goldaxe import, importer.import_verilog or import_table"
        )
    known = [multiplier.label for multiplier in defaults()] + imported().all_names()
    raise UnknownMultiplierError(f"unknown multiplier {label!r}{_suggestion(label, known)}")


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; did you mean {', '.join(close)}?" if close else f"; known families are {', '.join(sorted(_families))}"


def _reduced(multiplier: Multiplier) -> tuple[Any, ...]:
    """A pickle has a registered variant by its parameters, any other multiplier by its parts, and no tables of either."""
    chosen, items = multiplier.family, dict(multiplier.parameters)
    if chosen is not None and _families.get(chosen.name) is chosen:
        signs = (multiplier.a.signed, multiplier.b.signed)
        if _make(chosen, multiplier.a.width, signs, items) is multiplier:
            return _again, (chosen.name, multiplier.a.width, signs, items)
    parts = {field.name: getattr(multiplier, field.name) for field in fields(Multiplier)}
    return Multiplier, tuple({**parts, "parameters": items}.values())


def _again(name: str, width: int, signs: tuple[bool, bool], parameters: Mapping[str, int]) -> Multiplier:
    return _make(family(name), width, signs, parameters)


def _reduced_family(chosen: Family) -> tuple[Any, ...]:
    """A pickle has a registered family by its name."""
    if _families.get(chosen.name) is chosen:
        return family, (chosen.name,)
    return Family, tuple(getattr(chosen, field.name) for field in fields(Family))


copyreg.pickle(Multiplier, _reduced)
copyreg.pickle(Family, _reduced_family)
