"""The command line: `goldaxe list`, `show`, `import`, `remove`, `conform`, `plan`, `cost`, `pareto`, `verify`, `prove`,
`mutate`, `properties`, `evaluate`, `lower`, `cosim`, `export`, `retrain` and `compare`.

Exit status: 0 if all is well, 1 if a verification, proof or co-simulation failed or `--require-verified` was not met, 2 for
bad input, 130 if interrupted. Results go to standard output, progress and errors to standard error.
"""

from __future__ import annotations

import sys
import warnings

import typer

from cocotb_tests import SimulatorError, ToolchainError

from .._processes import first, tells
from . import (
    _compare,
    _conform,
    _cosim,
    _cost,
    _evaluate,
    _export,
    _import,
    _imported,
    _list,
    _lower,
    _mutate,
    _pareto,
    _plan,
    _properties,
    _prove,
    _retrain,
    _show,
    _verify,
)
from ._console import errors

app = typer.Typer(
    name="goldaxe",
    help="Approximate multipliers in Verilog and as bit-exact models, and neural networks run on them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list")(_list.list_)
app.command("show")(_show.show)
app.command("plan")(_plan.plan)
app.command("import")(_import.import_)
app.command("remove")(_imported.remove)
app.command("conform")(_conform.conform)
app.command("cost")(_cost.cost)
app.command("pareto")(_pareto.pareto)
app.command("verify")(_verify.verify)
app.command("prove")(_prove.prove)
app.command("mutate")(_mutate.mutate)
app.command("properties")(_properties.properties)
app.command("evaluate")(_evaluate.evaluate)
app.command("lower")(_lower.lower)
app.command("cosim")(_cosim.cosim)
app.command("export")(_export.export)
app.command("retrain")(_retrain.retrain)
app.command("compare")(_compare.compare)


def main() -> None:
    """Run the command line; what the user got wrong is one sentence, not a traceback."""
    warnings.showwarning = _warn
    try:
        app()
    except KeyboardInterrupt:
        if tells():
            errors.print("interrupted")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except (ValueError, OSError, ToolchainError, SimulatorError) as error:
        if tells():
            errors.print(f"[bold red]error:[/] {_escaped(error)}", soft_wrap=True)
        sys.exit(2)


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """A warning as one line, without the place in our code that it came from."""
    if first():
        errors.print(f"[yellow]warning:[/] {_escaped(message)}", soft_wrap=True)


def _escaped(error: Exception | str) -> str:
    from rich.markup import escape

    return escape(str(error))
