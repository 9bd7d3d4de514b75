"""Refuses Verilog that could do more than compute: a simulation runs with its caller's rights.

`$system` runs commands, `$fopen` and `` `include`` reach files, DPI imports and Verilator's own directives compile C++ in. So a
system name or a directive passes only if it is listed here, or if the text itself defines it as a macro. The scan follows the
language's lexical rules, and what could be read in two ways is refused.
"""

from __future__ import annotations

import re

from ._process import SimulatorError

_SYSTEM_NAME = re.compile(
    r"\$(bits|ceil|clog2|countones|error|fatal|floor|high|info|isunknown|left|low|onehot0?|right|signed|size|unsigned|warning)"
)
_DIRECTIVE = re.compile(
    r"`(begin_keywords|celldefine|default_nettype|define|else|elsif|end_keywords|endcelldefine|endif|ifdef|ifndef"
    r"|nounconnected_drive|resetall|timescale|unconnected_drive|undef)"
)
_OUTSIDE = re.compile(r"`(include|line|pragma|systemc|verilator).*")
_KEYWORDS = ("import", "export")

_TOKEN = re.compile(
    r"""(?P<comment> //[^\n]* | /\*.*?\*/ )
      | (?P<string> "(?:[^"\\\n]|\\.)*" )
      | (?P<escaped> \\[^\s]+ )
      | (?P<directive> `[A-Za-z_][A-Za-z0-9_$]* )
      | (?P<system> \$[A-Za-z0-9_$]* )
      | (?P<word> [A-Za-z_][A-Za-z0-9_$]* )
      | (?P<odd> ` | " | /\* | [\x00-\x08\x0e-\x1f] )
      | . | \n""",
    re.VERBOSE | re.DOTALL,
)


def refuse_unsafe(name: str, text: bytes) -> None:
    """Raise SimulatorError, with file and line, at the first thing that is more than logic."""
    verilog = text.decode("latin-1")
    macros = set(re.findall(r"`define\s+([A-Za-z_][A-Za-z0-9_$]*)", verilog))
    after = ""
    for token in _TOKEN.finditer(verilog):
        kind, found = token.lastgroup, token.group()
        if kind is None or kind == "comment":
            continue
        if _refused(kind, found, macros, after):
            line = verilog.count("\n", 0, token.start()) + 1
            raise SimulatorError(f"{name}, line {line}: {_printable(found)} is not allowed in Verilog that is to be simulated")
        after = found


def _refused(kind: str, found: str, macros: set[str], after: str) -> bool:
    if kind == "system":
        return _SYSTEM_NAME.fullmatch(found) is None
    if kind == "directive":
        own_macro = found[1:] in macros and _OUTSIDE.fullmatch(found) is None
        return not own_macro and _DIRECTIVE.fullmatch(found) is None
    if kind == "string":
        return found == '""' or after.startswith('"')  # three quotes in a row open another kind of string
    if kind == "escaped":
        return any(mark in found for mark in ("/*", "//", '"', "`"))
    return kind == "odd" or found in _KEYWORDS


def _printable(found: str) -> str:
    shown = found if len(found) <= 40 else found[:40] + "..."
    return shown if shown.isprintable() else ascii(shown)
