"""`goldaxe plan NAME`: how a multiplier is computed in networks, and what that costs on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ._console import Json, output, print_json, table
from ._named import Reading, takes_files
from ._named import given as given_

if TYPE_CHECKING:
    from pysim import Operands
    from pysim.kernels.cost import Costs


@takes_files
def plan(
    names: Annotated[list[str], typer.Argument(help="Multipliers' labels, as drum8_k4, or their files.", metavar="NAME...")],
    activation: Annotated[str | None, typer.Option(help="affine or symmetric; affine if operand a is unsigned.")] = None,
    bits: Annotated[int, typer.Option(help="Bits of activation and weight codes, 2 to 16.")] = 8,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Compile multipliers into int8 planes, exactly, and show what the kernels are expected to cost.

    Up to 8 bits planes come from a multiplier's table, above from its closed form; "functional" is a multiplier without one.

    Costs are measured on this machine and are ratios to the exact multiplier's faster kernel, dense and depthwise.
    """
    from pysim import Quantization, operands  # here, so that the other commands need not wait for torch

    rows: list[dict[str, Any]] = []
    for given in given_(names, reading=reading):
        fitted = operands(given.multiplier, Quantization(bits, bits, cast(Any, activation)))
        about = _wide(fitted) if fitted.wide else _tabulated(fitted)
        rows.append({"multiplier": given.multiplier.label, "used": fitted.multiplier.label, **given.about, **about})
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
        counts = (str(row.get(key, "")) for key in ("planes", "rank_table", "rank_error"))
        shown.add_row(row["used"], row["kind"], *counts, *kernels)
    output.print(shown)
    output.print("Costs are in units of the exact 8-bit multiplier's faster kernel of that shape, on this machine.")
    for row in rows:
        if row["kind"] == "closed form":
            output.print(f"{row['used']}: the closed form equals the model ({row['checked']})", soft_wrap=True)
        elif row["kind"] == "functional":
            slower = f"about {row['slower_than_float32']:,.0f} times slower than float32"
            output.print(f"{row['used']}: no closed form; products are computed one by one, {slower}", soft_wrap=True)


def _tabulated(fitted: Operands) -> dict[str, Any]:
    """What is known of a multiplier whose codes have a table."""
    from pysim._product import code_table
    from pysim.kernels import compile_plan

    found = compile_plan(code_table(fitted), fitted.activation.low, fitted.weight.low)
    row: dict[str, Any] = {"kind": found.kind, "planes": len(found.planes)}
    row |= {"rank_table": found.rank_table, "rank_error": found.rank_error}
    row |= {"shifts": [plane.shift for plane in found.planes], "bound": found.bound, "seconds": found.seconds}
    for key, cost in _costs():
        by_table = found.kind == "table" or cost.prefers_table(found)
        row[f"{key}_kernel"] = "table" if by_table else "int8"
        row[f"{key}_cost"] = (cost.table if by_table else cost.planes(len(found.planes))) / min(cost.first_plane, cost.table)
    return row


def _wide(fitted: Operands) -> dict[str, Any]:
    """What is known of a multiplier over codes of more than 8 bits."""
    from pysim.kernels import compile_wide
    from pysim.kernels.wide.slowness import slowdown

    found = compile_wide(fitted.multiplier, fitted.activation.codes, fitted.weight.codes)
    row: dict[str, Any] = {"kind": found.kind, "planes": len(found.planes), "bound": found.bound, "checked": found.checked}
    row["shifts"] = [plane.shift for plane in found.planes]
    if found.kind == "functional":
        how = "model" if found.table is None else "table"
        return row | {"dense_kernel": how, "depthwise_kernel": how, "slower_than_float32": slowdown(found)}
    for key, cost in _costs():
        row[f"{key}_kernel"] = "table" if cost.table < cost.first_plane else "int8"
        row[f"{key}_cost"] = float(len(found.planes))
    return row


def _costs() -> list[tuple[str, Costs]]:
    """This machine's costs of both shapes; none where no kernels can be compiled."""
    import torch

    from pysim.kernels.cost import costs
    from pysim.kernels.cpu.build import library

    if library() is None:
        return []
    return [(key, costs(depthwise, torch.get_num_threads())) for key, depthwise in (("dense", False), ("depthwise", True))]
