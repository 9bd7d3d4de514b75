"""`goldaxe plan NAME`: how a multiplier is computed in networks, and what that costs on this machine."""

from __future__ import annotations

from typing import Annotated, Any, cast

import typer

from ._console import Json, output, print_json, table


def plan(
    names: Annotated[list[str], typer.Argument(help="Multipliers' labels, as drum8_k4.", metavar="NAME...")],
    activation: Annotated[str | None, typer.Option(help="affine or symmetric; affine if operand a is unsigned.")] = None,
    bits: Annotated[int, typer.Option(help="Bits of activation and weight codes, 2 to 8.")] = 8,
    json: Json = False,
) -> None:
    """Compile multipliers' tables into int8 planes, exactly, and show what the kernels are expected to cost.

    Costs are measured on this machine and are ratios to the exact multiplier's faster kernel, dense and depthwise.
    """
    import torch  # here, so that the other commands need not wait for it

    from pysim import Quantization, operands
    from pysim._product import code_table
    from pysim.kernels import compile_plan
    from pysim.kernels.cost import costs
    from pysim.kernels.cpu.build import library

    rows: list[dict[str, Any]] = []
    for name in names:
        fitted = operands(name, Quantization(bits, bits, cast(Any, activation)))
        found = compile_plan(code_table(fitted), fitted.activation.low, fitted.weight.low)
        row: dict[str, Any] = {"multiplier": name, "used": fitted.multiplier.label, "kind": found.kind}
        row |= {"planes": len(found.planes), "rank_table": found.rank_table, "rank_error": found.rank_error}
        row |= {"shifts": [plane.shift for plane in found.planes], "bound": found.bound, "seconds": found.seconds}
        for key, depthwise in (("dense", False), ("depthwise", True)) if library() is not None else ():
            cost = costs(depthwise, torch.get_num_threads())
            by_table = found.kind == "table" or cost.prefers_table(found)
            row[f"{key}_kernel"] = "table" if by_table else "int8"
            row[f"{key}_cost"] = cost.table if by_table else cost.planes(len(found.planes))
            row[f"{key}_cost"] /= min(cost.first_plane, cost.table)
        rows.append(row)
    if json:
        print_json(rows)
        return
    shown = table("multiplier", "plan", ">planes", ">rank T", ">rank E", "dense", ">cost", "depthw.", ">cost")
    for row in rows:
        kernels = [
            text
            for key in ("dense", "depthwise")
            for text in (row.get(f"{key}_kernel", "torch"), f"{row[f'{key}_cost']:.1f}" if f"{key}_cost" in row else "")
        ]
        shown.add_row(row["used"], row["kind"], *map(str, (row["planes"], row["rank_table"], row["rank_error"])), *kernels)
    output.print(shown)
    output.print("Costs are in units of the exact multiplier's faster kernel of that shape, on this machine.")
