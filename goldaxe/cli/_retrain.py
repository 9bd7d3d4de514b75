"""`goldaxe retrain WORKLOAD --multiplier NAME --method METHOD`: win back the accuracy that an approximate multiplier costs."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ._console import Json, errors, headed, output, print_json, progress_bar
from ._named import Reading, single, takes_files

if TYPE_CHECKING:
    from .._retrain import Retrained

_METHOD = "As difference+distillation, parts joined by +; `--method help` lists them."


@takes_files
def retrain(
    workload: Annotated[str, typer.Argument(help="A workload, as mnist-dscnn.")],
    multiplier: Annotated[str, typer.Option("--multiplier", "-m", help="The multiplier's label or file.", metavar="NAME")] = "",
    method: Annotated[str, typer.Option(help=_METHOD)] = "straight-through",
    epochs: Annotated[int, typer.Option(help="Passes over the training digits.")] = 10,
    batch: Annotated[int, typer.Option(help="Digits of a step.")] = 64,
    learning_rate: Annotated[float, typer.Option(help="Largest learning rate of AdamW.")] = 1e-3,
    clip: Annotated[float, typer.Option(help="Largest norm of all gradients together.")] = 1.0,
    patience: Annotated[int | None, typer.Option(help="Stop after so many epochs without a better validation.")] = None,
    precision: Annotated[str, typer.Option(help="Of the float parts: float32 or bfloat16.")] = "float32",
    seed: Annotated[int, typer.Option(help="Of order, augmentation and noise.")] = 0,
    images: Annotated[int | None, typer.Option(help="Training digits to use; all if not given.")] = None,
    activation_bits: Annotated[int, typer.Option(help="Bits of activation codes, 2 to 16.")] = 8,
    weight_bits: Annotated[int, typer.Option(help="Bits of weight codes, 2 to 16.")] = 8,
    folder: Annotated[Path | None, typer.Option("--output", "-o", help="Folder of checkpoints and the network.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's last checkpoint, if there is one.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier run left in the folder.")] = False,
    logs: Annotated[Path | None, typer.Option(help="Folder of TensorBoard logs.")] = None,
    processes: Annotated[int | None, typer.Option(help="Processes that share each batch, as torchrun's do.")] = None,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Retrain a network on an approximate multiplier, and evaluate it on the test digits before and after."""
    from pysim import PysimError, Quantization  # here, so that the other commands need not wait for torch
    from pysim.train import Budget

    from .._methods import METHODS
    from .._processes import joined
    from .._retrain import retrain as retrain_workload

    if method == "help":
        for name, meaning in METHODS.items():
            output.print(f"{name:22}{meaning}", soft_wrap=True)
        return
    if not multiplier:
        raise PysimError("no multiplier was named; give --multiplier NAME, as in --multiplier drum8_k4")
    if resume and folder is None:
        raise PysimError("--resume needs the folder of the run that was interrupted; give --output FOLDER")
    if resume and overwrite:
        raise PysimError("--resume goes on with a run and --overwrite begins anew; give one of them")
    if overwrite and folder is None:
        raise PysimError("--overwrite needs the folder of the run to replace; give --output FOLDER")
    chosen = single(multiplier, reading=reading)
    budget = Budget(epochs, batch, learning_rate, clip=clip, patience=patience, precision=precision, seed=seed)
    with ExitStack() as stack:
        first = stack.enter_context(joined(processes)).rank == 0
        progress = stack.enter_context(progress_bar(first))
        writer = stack.enter_context(_writer(logs)) if first and logs is not None else None
        task = progress.add_task(workload, total=None)
        last: dict[str, Any] = {}

        def tell(said: dict[str, Any]) -> None:
            last.update(said)
            loss = f" loss {last['loss']:.4f}" if "loss" in last else ""
            progress.update(task, description=f"{workload}{loss}", completed=said["step"], total=said["steps"])
            if writer is not None and "loss" in said:
                for name in ("loss", "validation"):
                    if name in said:
                        writer.add_scalar(name, said[name], said["step"])

        quantization = Quantization(activation_bits, weight_bits)
        result = retrain_workload(
            *(workload, chosen.multiplier.label, method),
            budget=budget,
            quantization=quantization,
            images=images,
            folder=folder,
            resume=resume,
            overwrite=overwrite,
            tell=tell,
        )
    if not first:
        return
    if json:
        print_json({**asdict(result), "lost": result.lost, "trouble": result.trouble, **chosen.about})
    else:
        _print(result, folder)
    if result.trouble:
        errors.print(headed("warning:", f" do not use this run: {result.trouble}", "yellow"), soft_wrap=True)


def _writer(folder: Path) -> Any:
    from pysim import PysimError

    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise PysimError("--logs needs tensorboard, which is not installed: pip install 'goldaxe[train]'") from error
    try:
        return cast(Any, SummaryWriter)(str(folder))
    except OSError as error:
        raise PysimError(f"cannot write logs to {folder}: {error.strerror or error}") from error


def _print(result: Retrained, folder: Path | None) -> None:
    output.print(headed(f"{result.workload} on {result.multiplier}", f", {result.method}, seed {result.seed}"), soft_wrap=True)
    for name, value in (("float", result.float_accuracy), ("before", result.before), ("after", result.after)):
        lost = 100 * (result.float_accuracy - value)
        output.print(f"  {name:8}{100 * value:6.2f}%" + (f"  {lost:+.2f} points lost" if name != "float" else ""))
    output.print(f"  {result.epochs} epochs, {result.steps:,} steps, {result.seconds:.1f} s")
    if folder is not None:
        output.print(f"  {folder / 'model.safetensors'}", soft_wrap=True)
