"""`goldaxe mutate NAME...`: how many faults of a netlist the exhaustive test finds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ..formal import Mutation
from ..formal import mutate as mutate_one
from ._console import Json, output, print_json, progress_bar, table
from ._named import Reading, given, takes_files


@takes_files
def mutate(
    names: Annotated[list[str], typer.Argument(help="Multipliers' labels, as drum8_k4, or their files.", metavar="NAME...")],
    number: Annotated[int, typer.Option(help="Mutants of each; all that there are, if these are fewer.")] = 255,
    seed: Annotated[int, typer.Option(help="Seed that draws them.")] = 0,
    simulate: Annotated[int, typer.Option(help="Mutants of each that the verifying bench simulates too.")] = 3,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Make mutants of multipliers' netlists (a pin stuck at 0, stuck at 1, or inverted) and try them on all operand pairs.

    A mutant that no pair kills has to be proved equivalent. Exit status 1 if one is not, or if the bench counts otherwise.
    """
    results = []
    named = given(names, reading=reading)
    chosen = [one.multiplier for one in named]
    with progress_bar() as progress:
        for multiplier in chosen:
            task = progress.add_task(multiplier.label, total=number)

            def tell(done: int, total: int, task: int = int(task)) -> None:
                progress.update(task, completed=done, total=total)  # type: ignore[arg-type]

            results.append(mutate_one(multiplier, number=number, seed=seed, simulate=simulate, progress=tell))
    if json:
        about = ("killed", "equivalent", "agrees")
        rows = [{**asdict(result), **{name: getattr(result, name) for name in about}} for result in results]
        print_json([{**row, **one.about} for row, one in zip(rows, named, strict=True)])
    else:
        _print(results)
    if not all(result.agrees for result in results):
        raise typer.Exit(1)


def _print(results: list[Mutation]) -> None:
    few = tuple(results[0].killed_by)
    title = f"Mutants of mapped netlists, killed by all operand pairs, and by {few[0]:,} to {few[-1]:,} random ones"
    columns = [f">by {n:,}" for n in few]
    shown = table("multiplier", ">mutants", ">killed", ">equivalent", *columns, ">bench agrees", title=title)
    for result in results:
        simulated = [mutant for mutant in result.mutants if mutant.simulated is not None]
        agreed = sum(mutant.simulated == mutant.differing for mutant in simulated)
        counts = (
            f"{len(result.mutants):,} of {result.possible:,}",
            result.killed,
            result.equivalent,
            *(result.killed_by[n] for n in few),
        )
        shown.add_row(result.label, *map(str, counts), f"{agreed} of {len(simulated)}")
    output.print(shown)
    for result in results:
        hardest = min(
            (mutant for mutant in result.mutants if mutant.differing), key=lambda mutant: mutant.differing, default=None
        )
        if hardest is not None:
            where = f"{hardest.what}, wrong for {hardest.differing:,} of {result.pairs:,} pairs"
            output.print(f"{result.label}: the hardest to find is {where}", soft_wrap=True)
        for mutant in result.mutants:
            if not mutant.differing and not mutant.proved:
                output.print(
                    f"{result.label}: {mutant.what} survives and is not proved equivalent", style="red", soft_wrap=True
                )
