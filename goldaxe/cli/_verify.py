"""`goldaxe verify NAME...`: Verilog against model in simulation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

import cocotb_tests
from cocotb_tests import Verification
from multipliers import MultiplierError, defaults, floats

from ._console import Json, output, print_json, progress_bar
from ._floats import circuit
from ._named import Given, Reading, given, takes_files


@takes_files
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Multipliers' labels, as drum8_k4, or their files.", metavar="NAME...")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Verify every default variant.")] = False,
    jobs: Annotated[int | None, typer.Option(help="Simulations at a time; one for each processor.")] = None,
    samples: Annotated[int, typer.Option(help="Random operand pairs where all are too many.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = 0,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Prove multipliers' Verilog equal to their models: all operand pairs of 8 bits, corners and samples above.

    Exit status 1 if one differs or could not be run.
    """
    if bool(names) == all_:
        raise MultiplierError("name the multipliers to verify, or give --all for every default variant (not both)")
    every = [*defaults(), *(multiplier.circuit for multiplier in floats.defaults())] if all_ else []
    named = [Given(multiplier) for multiplier in every] or given(names or [], circuit, reading)
    chosen = [one.multiplier for one in named]
    with progress_bar() as progress:
        task = progress.add_task("verifying", total=len(chosen))

        def tell(result: Verification) -> None:
            progress.advance(task)
            if not json:
                style = "green" if result.passed else "red"
                output.print(str(result), style=style, soft_wrap=True)

        results = cocotb_tests.verify_many(chosen, jobs=jobs, progress=tell, samples=samples, seed=seed)
    passed = sum(result.passed for result in results)
    if json:
        both = zip(results, named, strict=True)
        shown = [{**asdict(one), "exhaustive": one.exhaustive, "passed": one.passed, **given.about} for one, given in both]
        print_json(shown)
    else:
        pairs = sum(result.vectors for result in results)
        output.print(f"{passed} of {len(results)} multipliers verified, {pairs:,} operand pairs")
    if passed < len(results):
        raise typer.Exit(1)
