"""What `goldaxe import` says of circuits and tables: a page for one, a line each for many, or JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from multipliers import Metrics, Multiplier, Operand, measure
from multipliers._imported import label_of

from ._console import headed, output, print_json, table

if TYPE_CHECKING:
    from importer import Attempt, Examined, Figure, Imported, Replaced


def tell_circuit(done: Imported) -> None:
    """A circuit's ports, how its simulation compared, its errors, and each stated figure's verdict."""
    output.print(headed(done.label, f": module {done.top}, {done.gates:,} gates"))
    ports = (_port(done.multiplier, key, port) for key, port in zip("abp", done.ports, strict=True))
    output.print(", ".join(ports), soft_wrap=True)
    if done.cells:
        output.print(f"cells that the file does not define, taken for OSU's: {', '.join(done.cells)}", soft_wrap=True)
    output.print(str(done.verification or "not simulated"), soft_wrap=True)
    output.print(_errors(done.metrics))
    _tell_examined(done.examined)
    for figure in done.figures:
        output.print(f"published {figure.metric} = {figure.stated}: {_verdict(figure)}", soft_wrap=True)
    _tell_names(done.multiplier.label, done.replaced, done.aliases)


def circuit_json(done: Imported) -> dict[str, Any]:
    """The same for programs."""
    ports = {key: asdict(getattr(done.multiplier, key)) for key in "abp"}
    about: dict[str, Any] = {
        "label": done.multiplier.label,
        "digest": done.digest,
        "top": done.top,
        "modules": done.modules,
        "cells": done.cells,
    }
    about |= {"verilog_ports": dict(zip("abp", done.ports, strict=True)), "ports": ports, "gates": done.gates}
    about |= {"metrics": asdict(done.metrics), "published": [asdict(figure) for figure in done.figures]}
    about |= {"replaced": [asdict(before) for before in done.replaced], "aliases": done.aliases}
    about |= {"warnings": done.examined.warnings, "notes": done.examined.notes}
    return about | {"verified": done.simulated, "simulation": str(done.verification or "not simulated")}


def tell_many(attempts: list[Attempt]) -> None:
    """A line for each circuit, a sentence for each file that is none, and the count."""
    shown = table("multiplier", "operands", ">gates", ">pairs", ">MAE", ">worst", ">figures", ">warnings")
    imported = [attempt.imported for attempt in attempts if attempt.imported is not None]
    for done in imported:
        a, b, run = done.multiplier.a, done.multiplier.b, done.verification
        shown.add_row(
            done.label,
            f"{_short(a)} x {_short(b)}",
            f"{done.gates:,}",
            f"{run.vectors:,}{'' if run.exhaustive else ' sampled'}" if run else "none",
            f"{done.metrics.mae:.5g}",
            f"{done.metrics.wce:,}",
            _counted(done.figures),
            str(len(done.examined.warnings) or "-"),
        )
    if imported:
        output.print(shown)
    for done in imported:
        for figure in done.figures:
            if figure.reproduced is False:
                text = f"{done.multiplier.label}: published {figure.metric} = {figure.stated}: {_verdict(figure)}"
                output.print(text, soft_wrap=True)
        for text in done.examined.warnings:
            output.print(f"warning: {done.multiplier.label}: {text}", soft_wrap=True)
    _tell_shared(imported)
    for attempt in attempts:
        if attempt.imported is None:
            output.print(f"refused: {attempt.error}", soft_wrap=True)
    every = [figure for done in imported for figure in done.figures]
    stated, cut = [figure.reproduced for figure in every], sum(figure.cut for figure in every)
    sampled = f", {stated.count(None)} only sampled: --exhaustive measures them" if None in stated else ""
    but_cut = f", {cut} cut, not rounded" if cut else ""
    figures = f"; of {len(stated)} published figures {stated.count(True)} reproduced{but_cut}{sampled}" if stated else ""
    equal = ", RTL equal to model in each" if imported else ""
    output.print(f"{len(imported)} of {len(attempts)} files imported{equal}{figures}", soft_wrap=True)


def many_json(attempts: list[Attempt]) -> list[dict[str, Any]]:
    """The same for programs: a circuit's object, with its path, or an error."""
    return [
        {"path": str(attempt.path)} | (circuit_json(attempt.imported) if attempt.imported else {"error": attempt.error})
        for attempt in attempts
    ]


def _tell_shared(imported: list[Imported]) -> None:
    """Names that stood for something else before, or that several of the files have; and names of the same products."""
    last = {done.multiplier.label: done for done in imported}
    same = set()
    for done in imported:
        name = done.multiplier.label
        for before in done.replaced:
            if before.label == label_of(name, last[name].digest):
                continue
            if before.same_products:
                same.add(name)
            else:
                text = f"{name} stood for another content before, with other products, which is {before.label} from now on"
                output.print(text, soft_wrap=True)
    if same:
        count = "1 name" if len(same) == 1 else f"{len(same)} names"
        text = "stood for other Verilog of the same products before, or in an earlier file: goldaxe list --imported"
        output.print(f"{count} {text}", soft_wrap=True)
    digests = Counter(done.multiplier.digest for done in last.values())
    if twins := sum(count for count in digests.values() if count > 1):
        output.print(f"{twins} names are aliases of others, with the same products: goldaxe list --imported", soft_wrap=True)


def _tell_names(name: str, replaced: Sequence[Replaced], aliases: Sequence[str]) -> None:
    """What a name stood for before, and other names of the same multiplier."""
    for before in replaced:
        products = "the same products" if before.same_products else "other products"
        text = f"{name} stood for another content before, with {products}, which is {before.label} from now on"
        output.print(text, soft_wrap=True)
    if aliases:
        output.print(f"the same products as {', '.join(aliases)}: aliases of one multiplier", soft_wrap=True)


def tell_table(
    multiplier: Multiplier, by_value: bool, replaced: Sequence[Replaced], aliases: Sequence[str], json: bool
) -> None:
    """A table's label and errors, what its name stood for before, and other names of the same products."""
    from importer import examine

    metrics, examined = measure(multiplier), examine(multiplier, by_value=by_value)
    if json:
        about: dict[str, Any] = {"label": multiplier.label, "digest": multiplier.source_hash}
        about |= {"ports": {key: asdict(getattr(multiplier, key)) for key in "abp"}, "metrics": asdict(metrics)}
        about |= {"warnings": examined.warnings, "notes": examined.notes}
        print_json(about | {"replaced": [asdict(before) for before in replaced], "aliases": aliases})
        return
    output.print(headed(multiplier.label, f"@{multiplier.source_hash[:8]}: a table, without Verilog"))
    output.print(_errors(metrics))
    _tell_examined(examined)
    _tell_names(multiplier.label, replaced, aliases)


def _tell_examined(examined: Examined) -> None:
    for text in examined.warnings:
        output.print(headed("warning:", f" {text}", "yellow"), soft_wrap=True)
    for text in examined.notes:
        output.print(f"note: {text}", soft_wrap=True)


def _errors(metrics: Metrics) -> str:
    sampled = "" if metrics.exhaustive else f" (sampled, {metrics.vectors:,} pairs)"
    return f"MAE {metrics.mae:.6g}, worst error {metrics.wce:,}, share of errors {100 * metrics.ep:.4g}%{sampled}"


def _verdict(figure: Figure) -> str:
    if figure.reproduced is None:
        return f"{figure.measured:.6g} in a sample; --exhaustive measures all pairs"
    if figure.cut:
        return f"cut, not rounded: measured {_beside(figure)}"
    return "reproduced" if figure.reproduced else f"NOT reproduced, measured {_beside(figure)}"


def _beside(figure: Figure) -> str:
    """The measured value, with a few digits more than are printed of it."""
    digits = len(figure.stated.lower().partition("e")[0].replace(".", "").strip("+-0"))
    return f"{figure.measured:.{max(6, min(digits + 2, 16))}g}"


def _counted(figures: tuple[Figure, ...]) -> str:
    """Of a circuit's stated figures, how many were reproduced."""
    return f"{sum(bool(figure.reproduced) for figure in figures)} of {len(figures)}" if figures else "-"


def _short(operand: Operand) -> str:
    return f"{'s' if operand.signed else 'u'}{operand.width}"


def _sign(operand: Operand) -> str:
    return "signed" if operand.signed else "unsigned"


def _port(multiplier: Multiplier, key: str, name: str) -> str:
    port: Operand = getattr(multiplier, key)
    role = {"a": "activation a", "b": "weight b", "p": "product p"}[key]
    return f"{role}: {name}, {port.width} bits {_sign(port)}"
