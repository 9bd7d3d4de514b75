"""Benchmark results as a page and pictures for the documentation: `python -m benchmarks.report RESULTS.json docs`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks import scaling_tables

COLUMNS = ("channels last", "exact", "rank 2", "rank 4", "rank 10", "table", "gather")

TEXT = """# Speed of approximate layers

Time as a ratio to torch's float32 on the same shape, contiguous, in the same run: {rounds} rounds in turns, medians. A layer is
float in, float out, so quantisation, integer core and scaling are counted. Lower is better; 1 is as fast as float32. The
allocator keeps freed memory, for all of them: fetching it from the system each time made float32's depthwise layer five times
slower, and all ratios vary.

{machine}

{table}

- *channels last*: torch's float32 in that memory format.
- *exact*: the exact multiplier, int8. *rank r*: a multiplier whose error has rank r, computed in r + 1 int8 planes, or by its
  table where that is cheaper.
- *table*: any other multiplier, looked up in vector registers. *gather*: the same by AVX2 gathers, as table simulators for CPUs
  commonly work; this stands in for them, none of them was run here.

![Ratios to float32](benchmarks.png)

Made by `make bench JSON=RESULTS.json` and `python -m benchmarks.report RESULTS.json docs`.
"""

LIMITS = """
## Where the time goes

`python -m benchmarks.limits`, on the machine above:

```
{limits}
```

- *products*: what the int8 products alone would take at the best rate that the kernel reaches; *bytes*: what reading the float
  inputs and writing the float outputs would, at the rate of a plain copy.
- Each layer runs by itself here, so its inputs are in cache; in turns with others, as above, one plane takes up to half as long
  again.
- Dense layers of several planes are bound by their products. With one plane, quantising, transposing, bytes and Python
  show: 20 us a call, and some 150 us behind another layer, which leaves the interpreter's own memory cold. A depthwise
  convolution of few planes is nearer to its bytes, as it is in float32.
"""

SCALING = """
## Scaling

The same ratios against rank, threads, batch and K, the number of products in a sum; {rounds} rounds in turns, medians. What a
sweep does not change is the first table's; *rank r* and *table* are as above.

{machine}

{tables}

Memory is what is resident at the peak of a layer's inference, in a process of its own, beyond what that process held with the
float layer, its input and one float run on a single image: outputs, working memory, prepared weights, and the kernels and
tables that a process needs once.

![Ratios to float32 against rank, batch and K](scaling.png)

Made by `make bench-scaling JSON=SCALING.json` and `python -m benchmarks.report RESULTS.json docs --scaling SCALING.json`.
"""


def main() -> None:
    """Write benchmarks.md and its pictures into a folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--limits", type=Path, help="what benchmarks.limits printed")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scaling", type=Path, help="results of benchmarks.scaling, for a second part")
    arguments = parser.parse_args()
    for path in (arguments.results, arguments.limits, arguments.scaling):
        if path is not None and not path.is_file():
            parser.error(f"{path} is no file; make it first (make bench JSON={path})")
    results = json.loads(arguments.results.read_text())
    layers = results["seconds"]
    lines = ["| layer | float32 | " + " | ".join(COLUMNS) + " |", "|---|---|" + "---|" * len(COLUMNS)]
    for name, times in layers.items():
        ratios = " | ".join(f"{times[column] / times['float32']:.2f}" for column in COLUMNS)
        lines.append(f"| {name} | {1e3 * times['float32']:.2f} ms | {ratios} |")
    page = TEXT.format(rounds=results["rounds"], machine=results["machine"], table="\n".join(lines))
    if arguments.limits:
        page += LIMITS.format(limits=arguments.limits.read_text().strip("\n").partition("\n")[2])
    if arguments.scaling:
        scaling = json.loads(arguments.scaling.read_text())
        parts = "\n\n".join(map(_markdown, *zip(*scaling_tables.tables(scaling), strict=True)))
        page += SCALING.format(rounds=scaling["rounds"], machine=scaling["machine"], tables=parts)
        scaling_tables.draw(scaling, arguments.folder / "scaling.png")
    (arguments.folder / "benchmarks.md").write_text(page)
    draw(layers, arguments.folder / "benchmarks.png")


def _markdown(title: str, head: list[str], rows: list[list[str]]) -> str:
    return "\n".join([f"**{title}**", "", _row(head), "|" + "---|" * len(head), *map(_row, rows)])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def draw(layers: dict[str, dict[str, Any]], path: Path) -> None:
    """Bars of each layer's ratios on a logarithmic axis, with float32 as the line at 1."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 4.5), layout="constrained")
    width = 0.8 / len(COLUMNS)
    for i, column in enumerate(COLUMNS):
        ratios = [times[column] / times["float32"] for times in layers.values()]
        axes.bar([place + i * width for place in range(len(layers))], ratios, width, label=column)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set(yscale="log", ylabel="time / float32 (lower is better)")
    axes.set_xticks([place + 0.4 - width / 2 for place in range(len(layers))], [name.replace(", ", "\n") for name in layers])
    axes.tick_params(axis="x", labelsize=7)
    axes.legend(ncols=len(COLUMNS), fontsize=7, loc="upper center", bbox_to_anchor=(0.5, 1.12))
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


if __name__ == "__main__":
    main()
