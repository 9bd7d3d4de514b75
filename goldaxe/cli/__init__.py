"""The command line: `goldaxe list`, `show`, `import`, `remove`, `conform`, `plan`, `cost`, `pareto`, `verify`, `prove`,
`mutate`, `properties`, `evaluate`, `lower`, `cosim`, `export`, `retrain`, `compare` and `doctor`.

Exit status: 0 if all is well, 1 if a verification, proof or co-simulation failed, `--require-verified` was not met or `doctor`
found something, 2 for bad input, 130 if interrupted, 143 if terminated. Results go to standard output, progress and errors to
standard error.
"""

from __future__ import annotations

import sys
import warnings

import typer

from cocotb_tests import SimulatorError, ToolchainError

from .._ending import interrupted, interruptible
from .._processes import first, tells
from . import (
    _compare,
    _conform,
    _cosim,
    _cost,
    _doctor,
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
from ._console import errors, headed

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
app.command("doctor")(_doctor.doctor)


def main() -> None:
    """Run the command line; what the user got wrong is one sentence, not a traceback."""
    warnings.showwarning = _warn
    with interruptible():
        try:
            app()
        except BrokenPipeError:
            sys.exit(0)
        except (ValueError, OSError, ToolchainError, SimulatorError) as error:
            if interrupted():
                raise
            if tells():
                errors.print(headed("error:", f" {error}", "bold red"), soft_wrap=True)
            sys.exit(2)


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """A warning as one line, without the place in our code that it came from."""
    if first():
        errors.print(headed("warning:", f" {message}", "yellow"), soft_wrap=True)
