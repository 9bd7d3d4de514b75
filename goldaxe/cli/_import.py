"""`goldaxe import FILE`: a user's circuit or table becomes a multiplier that every other command knows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from multipliers import Multiplier, Operand, measure

from ._console import Json, output, print_json


def import_(
    file: Annotated[Path, typer.Argument(help="Verilog: FILE.v.")],
    top: Annotated[str | None, typer.Option(help="The module; by default that which no other instantiates.")] = None,
    a: Annotated[str | None, typer.Option("--a", help="Port of the activation; A by default.")] = None,
    b: Annotated[str | None, typer.Option("--b", help="Port of the weight; B by default.")] = None,
    p: Annotated[str | None, typer.Option("--p", help="Port of the product; the output by default.")] = None,
    signed: Annotated[
        bool | None, typer.Option("--signed/--unsigned", help="Of the operands; by default as the ports are declared.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it; by default the module's name.")] = None,
    json: Json = False,
) -> None:
    """Import a combinational multiplier from Verilog, and prove its evaluation equal to its simulation.

    Anything that is more than combinational logic is refused, by line, before a simulator or compiler sees it.
    """
    from importer import import_verilog

    done = import_verilog(file, top=top, a=a, b=b, p=p, signed=signed, name=name)
    metrics = measure(done.multiplier)
    if json:
        ports = {key: asdict(getattr(done.multiplier, key)) for key in "abp"}
        about: dict[str, Any] = {
            "label": done.multiplier.label,
            "digest": done.digest,
            "top": done.top,
            "modules": done.modules,
        }
        about |= {"verilog_ports": dict(zip("abp", done.ports, strict=True)), "ports": ports, "gates": done.gates}
        print_json(about | {"metrics": asdict(metrics), "verified": done.verification is not None})
        return
    output.print(f"[bold]{done.multiplier.label}[/]@{done.digest[:8]}: module {done.top}, {done.gates:,} gates")
    output.print(", ".join(_port(done.multiplier, key, port) for key, port in zip("abp", done.ports, strict=True)))
    output.print(str(done.verification), markup=False, soft_wrap=True)
    output.print(f"MAE {metrics.mae:.6g}, worst error {metrics.wce:,}, share of errors {100 * metrics.ep:.4g}%")


def _port(multiplier: Multiplier, key: str, name: str) -> str:
    port: Operand = getattr(multiplier, key)
    role = {"a": "activation a", "b": "weight b", "p": "product p"}[key]
    return f"{role}: {name}, {port.width} bits {'signed' if port.signed else 'unsigned'}"
