"""`goldaxe export PROGRAM_OR_WORKLOAD --out FOLDER`: Verilog, memory images and a test bench that needs no Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._console import output
from ._named import Reading, single, takes_files


@takes_files
def export(
    source: Annotated[str, typer.Argument(help="A workload, or a file that `goldaxe lower --output` wrote.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new folder.")],
    multiplier: Annotated[
        str, typer.Option("--multiplier", "-m", help="A workload's multiplier, by label or file.")
    ] = "drum8_k4",
    images: Annotated[int, typer.Option(help="Inputs: test images of a workload, random codes for a program.")] = 1,
    rows: Annotated[int, typer.Option(help="Rows of processing elements, 1 to 256.")] = 16,
    cols: Annotated[int, typer.Option(help="Columns of processing elements, 1 to 256.")] = 16,
    *,
    reading: Reading,
) -> None:
    """Export a network for replay on its Verilog, by Icarus or Verilator alone."""
    import torch

    from accelerator import load
    from accelerator.schedule import ArraySize

    from ..cosim import lowered
    from ..export import export as write
    from ..export import require_new

    require_new(out)  # before anything takes time
    if Path(source).is_file():
        program = load(Path(source))
        if images < 1:
            raise ValueError(f"images = {images} is not allowed; use 1 or more")
        value = program.values[program.input]
        inputs = torch.randint(value.low, value.high + 1, (images, *value.shape), generator=torch.Generator().manual_seed(0))
    else:
        _, program, inputs = lowered(source, single(multiplier, reading=reading).multiplier, images)
    hashes = write(program, inputs, out, ArraySize(rows, cols))
    output.print(f"{out}: {len(hashes)} files and their manifest; replay by: sh {out}/run_icarus.sh", soft_wrap=True)
