"""`goldaxe list`: families with their parameters, and the default variants with their error metrics."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from multipliers import Family, Multiplier, defaults, families, floats, measure

from ._console import Json, output, print_json, table
from ._floats import list_floats
from ._imported import list_imported


def list_(
    imported: Annotated[bool, typer.Option("--imported", help="Those that were imported, in place of the library's.")] = False,
    json: Json = False,
) -> None:
    """List all multiplier families, and the error metrics of their default variants over all pairs.

    These are unsigned, or signed for families whose papers know signed operands alone. Floating-point multipliers follow.
    With --imported: the multipliers that were imported, their names, files and dates, and whether a file has changed since.
    """
    if imported:
        list_imported(json)
        return
    first: dict[object, Multiplier] = {}
    for multiplier in defaults():
        first.setdefault((multiplier.family, tuple(multiplier.parameters.items())), multiplier)
    variants = {multiplier.label: measure(multiplier) for multiplier in first.values()}
    float_variants = {multiplier.label: floats.measure(multiplier) for multiplier in floats.defaults()}
    if json:
        print_json(
            {
                "families": [_described(family) for family in families().values()],
                "variants": {label: asdict(metrics) for label, metrics in variants.items()},
                "floats": {label: asdict(metrics) for label, metrics in float_variants.items()},
            }
        )
        return
    known = table("family", "what it is", "widths", "parameters at 8 bits", title="Families")
    for family in families().values():
        about = _described(family)
        ranges = ", ".join(f"{name} {low} to {high}" for name, (low, high) in about["parameters_at_8_bits"].items())
        known.add_row(family.name, family.summary, _widths(family), ranges or "none")
    output.print(known)
    output.print()
    shown = table("multiplier", ">MAE", ">NMED %", ">MRE %", ">worst", ">bias", ">errors %", title="Default variants")
    for label, m in variants.items():
        nmed, mre, ep = (f"{100 * value:.3f}" for value in (m.nmed, m.mre, m.ep))
        shown.add_row(label, f"{m.mae:.2f}", nmed, mre, f"{m.wce}", f"{m.bias:+.2f}", ep)
    output.print(shown)
    output.print(
        "\nA label is family, operand width, signs and parameters, as in drum8us_k4. Signs: s for signed operands, us for "
        "unsigned activations and signed weights, su for the reverse.\n"
    )
    list_floats(float_variants)


def _described(family: Family) -> dict[str, Any]:
    ranges = {p.name: p.allowed(8) for p in family.parameters}
    return {
        "name": family.name,
        "summary": family.summary,
        "source": family.source,
        "widths": list(family.widths),
        "parameters": {p.name: p.meaning for p in family.parameters},
        "parameters_at_8_bits": {name: [values[0], values[-1]] for name, values in ranges.items()},
    }


def _widths(family: Family) -> str:
    low, high = family.widths[0], family.widths[-1]
    return f"{low} to {high}" if len(family.widths) == high - low + 1 else ", ".join(map(str, family.widths))
