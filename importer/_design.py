"""Verilog text to gates, inside the child process: which module, which ports, and the circuit between them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ._cells import CELLS, verilog
from ._elaborate import Circuit
from ._errors import VerilogError
from ._gates import Gates
from ._refusal import Refusal
from ._syntax import refused

WIDTHS = range(2, 17)
"""Operand widths that can be imported."""

WIDEST_PRODUCT = 48


def read(name: str, text: str, top: str | None, ports: tuple[str | None, str | None, str | None]) -> dict[str, Any]:
    """The circuit of one module: its name, all modules' names, standard cells that it lacks, the ports a, b, p as (name,
    width, declared signed), and the arrays `gates` and `outputs` of a Netlist.

    Raises VerilogError for anything but two inputs, one output and combinational logic between them.
    """
    from pyslang import Bag, SourceManager, ast, syntax

    tree = syntax.SyntaxTree.fromText(text, SourceManager(), name)

    def error(what: str, place: Any = None) -> VerilogError:
        line = tree.sourceManager.getLineNumber(tree.sourceManager.getFullyOriginalLoc(place)) if place is not None else 0
        return VerilogError(f"{name}, line {line}: {what}" if line else f"{name}: {what}")

    not_allowed = refused(tree)
    if not_allowed is not None:
        raise error(f"{not_allowed[0]} (not allowed in a combinational multiplier)", not_allowed[1])
    options = ast.CompilationOptions()
    options.maxInstanceDepth, options.maxGenerateSteps = 32, 4096
    options.maxConstexprSteps, options.maxConstexprDepth, options.maxConstantSize = 10_000, 64, 1 << 16
    if top is not None:
        options.topModules = {top}
    compilation = ast.Compilation(Bag([options]))
    compilation.addSyntaxTree(tree)
    modules = [member.header.name.valueText for member in _members(tree.root) if member.kind.name == "ModuleDeclaration"]
    cells = _lacking(tree, modules)
    compilation.addSyntaxTree(syntax.SyntaxTree.fromText(verilog(cells), tree.sourceManager, "cells"))
    if top is not None and top not in modules:
        raise error(f"no module {top!r}; it has {_listed(modules)}")
    for diagnostic in compilation.getAllDiagnostics():
        if diagnostic.isError():
            raise error(_message(tree, diagnostic), diagnostic.location)
    instances = list(compilation.getRoot().topInstances)
    chosen = _top(name, instances, top, error)
    a, b, p = _ports(chosen, ports, error)
    width = a.type.bitWidth + b.type.bitWidth
    gates = Gates(width)
    circuit = Circuit(gates)
    try:
        circuit.set(a.internalSymbol, list(range(2, 2 + a.type.bitWidth)))
        circuit.set(b.internalSymbol, list(range(2 + a.type.bitWidth, 2 + width)))
        circuit.add(chosen.body)
        outputs = circuit.read(p.internalSymbol, range(p.type.bitWidth), p)
        circuit.drive_all()
    except Refusal as refusal:
        raise error(f"{refusal.what} (not allowed in a combinational multiplier)", _place(refusal.node)) from None
    except RecursionError:
        raise error("its logic is nested too deeply") from None
    rows, numbers = gates.used(outputs)
    named = [[port.name, int(port.type.bitWidth), bool(port.type.isSigned)] for port in (a, b, p)]
    about = {"top": chosen.name, "modules": modules, "cells": cells, "ports": named}
    return about | {"gates": rows, "outputs": np.asarray(numbers)}


def _members(root: Any) -> list[Any]:
    return list(root.members) if root.kind.name == "CompilationUnit" else [root]


def _lacking(tree: Any, modules: list[str]) -> list[str]:
    """Standard cells that are instantiated and not defined."""
    found: dict[str, None] = {}

    def look(node: Any) -> None:
        if node.kind.name == "HierarchyInstantiation" and node.type.valueText in CELLS and node.type.valueText not in modules:
            found[node.type.valueText] = None

    tree.root.visit(look)
    return list(found)


def _top(name: str, instances: list[Any], top: str | None, error: Any) -> Any:
    if top is None and len(instances) > 1:
        stem = re.sub(r"\.[A-Za-z]+$", "", name)
        instances = [instance for instance in instances if instance.name == stem] or instances
    if not instances:
        raise error("no module that nothing else instantiates")
    if len(instances) > 1:
        raise error(f"several modules could be meant, {_listed([one.name for one in instances])}: name one by --top")
    return instances[0]


def _ports(chosen: Any, names: tuple[str | None, str | None, str | None], error: Any) -> tuple[Any, Any, Any]:
    """The symbols of the ports a, b, p: by the names given, else inputs called A and B and the one output."""
    ports = list(chosen.body.portList)
    for port in ports:
        if port.kind.name != "Port" or port.internalSymbol is None or not port.type.isIntegral:
            raise error(f"port {port.name!r} of {chosen.name} is no plain vector", port.location)
    known = {port.name: port for port in ports}
    inputs = [port for port in ports if port.direction.name == "In"]
    outputs = [port for port in ports if port.direction.name == "Out"]
    said = f"{chosen.name} has inputs {_listed([p.name for p in inputs])} and outputs {_listed([p.name for p in outputs])}"
    for given in names:
        if given is not None and given not in known:
            raise error(f"no port {given!r}: {said}", chosen.location)
    if len(inputs) != 2 or len(outputs) != 1 or len(ports) != 3:
        raise error(f"a multiplier has two inputs and one output, but {said}", chosen.location)
    p = known[names[2]] if names[2] else outputs[0]
    operands: list[Any] = [known[given] if given else None for given in names[:2]]
    for index, letter in enumerate("ab"):
        if operands[index] is None:
            like = [port for port in inputs if re.fullmatch(rf"{letter}(_i|_in)?", port.name, re.IGNORECASE)]
            other = operands[1 - index]
            like = [port for port in inputs if port is not other and port.name != other.name] if other is not None else like
            if len(like) != 1:
                raise error(f"which input is the activation a, which the weight b? {said}: say --a and --b", chosen.location)
            operands[index] = like[0]
    a, b = operands
    for plain in (chosen.name, a.name, b.name, p.name):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]{0,127}", plain) or _keyword(plain):
            raise error(f"{plain[:60]!r} is not a plain Verilog name", chosen.location)
    if a.name == b.name or p.direction.name != "Out" or "Out" in (a.direction.name, b.direction.name):
        raise error(f"--a and --b are its two inputs and --p its output, but {said}", chosen.location)
    for port in (a, b):
        if port.type.bitWidth not in WIDTHS:
            span = f"{WIDTHS[0]} to {WIDTHS[-1]}"
            raise error(f"operand {port.name} has {port.type.bitWidth} bits; allowed are {span}", port.location)
    if not 2 <= p.type.bitWidth <= WIDEST_PRODUCT:
        raise error(f"product {p.name} has {p.type.bitWidth} bits; allowed are 2 to {WIDEST_PRODUCT}", p.location)
    return a, b, p


def _keyword(name: str) -> bool:
    """Whether a name is a word of the language, which it can be where it was escaped by a backslash."""
    from pyslang import SourceManager, parsing, syntax

    root: Any = syntax.SyntaxTree.fromText(f"module {name}; endmodule", SourceManager(), "name").root
    first = next(iter(_members(root)), root)
    token = getattr(getattr(first, "header", None), "name", None)
    return token is None or token.kind != parsing.TokenKind.Identifier or token.valueText != name


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return shown or "none"


def _place(node: Any) -> Any:
    if node is None:
        return None
    spot = getattr(node, "location", None)
    return spot if spot is not None else node.sourceRange.start


def _message(tree: Any, diagnostic: Any) -> str:
    from pyslang import DiagnosticEngine

    text = DiagnosticEngine(tree.sourceManager).formatMessage(diagnostic)
    message = "".join(character for character in text[:200] if character.isprintable())
    return f"{message}, which has to be in the same file" if message.startswith("unknown module") else message
