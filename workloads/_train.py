"""Training of workloads, and what the command that does it is told.

The last epoch's weights are kept whatever their accuracy: the test split judges them and selects nothing.
One thread and one seed, so that the same torch on the same kind of processor writes the same bytes again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from rich.progress import Progress
from torch import Tensor, nn

from multipliers._results import refuse_existing

from . import _record
from ._accuracy import correct
from ._augment import jitter
from ._catalog import load, names
from ._record import Record
from ._split import SPLIT_SHA256
from ._workload import WEIGHTS, Workload

EPOCHS = 40
BATCH = 64
LEARNING_RATE = 1e-2


def train(
    workload: Workload,
    folder: Path = WEIGHTS,
    *,
    epochs: int = EPOCHS,
    images: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int, float], None] | None = None,
) -> Record:
    """Train on the first `images` of the training split (None is all) and write `folder/NAME.safetensors` with its record.

    `progress(epoch, epochs, loss)` is called after each epoch. Raises ValueError for counts out of range.
    """
    inputs, labels = workload.train()
    images = len(inputs) if images is None else images
    if not 1 <= images <= len(inputs):
        raise ValueError(f"images must be in 1..{len(inputs)}, not {images}")
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}, and must be 1 or more")
    with _reproducibly(seed):
        model = workload.network()
        _fit(model, inputs[:images], labels[:images], epochs, torch.Generator().manual_seed(seed), progress)
        hits = correct(model.eval(), *workload.test())
    record = Record(
        workload=workload.name,
        correct=hits,
        images=len(workload.test()[1]),
        epochs=epochs,
        seed=seed,
        training_images=images,
        split_sha256=SPLIT_SHA256,
        weights_sha256=_record.digest(model.state_dict()),
        torch=torch.__version__,
        script=f"python -m workloads.train {workload.name}",
    )
    _record.save(folder / workload.weights.name, model, record)
    return record


def _fit(
    model: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    epochs: int,
    random: torch.Generator,
    progress: Callable[[int, int, float], None] | None,
) -> None:
    """AdamW under one cycle of the learning rate, on freshly jittered images each epoch."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    steps = epochs * -(-len(inputs) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    for epoch in range(epochs):
        total = 0.0
        for chosen in torch.randperm(len(inputs), generator=random).split(BATCH):
            loss = nn.functional.cross_entropy(model(jitter(inputs[chosen], random)), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        if progress:
            progress(epoch + 1, epochs, total / len(inputs))


@contextmanager
def _reproducibly(seed: int) -> Iterator[None]:
    """One thread, since the order of float sums depends on their number, and a seed; both are put back at the end."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)


def _train_with_bar(workload: Workload, folder: Path, epochs: int, images: int | None, seed: int) -> Record:
    with Progress() as bar:
        task = bar.add_task(workload.name, total=max(epochs, 1))

        def show(epoch: int, _: int, loss: float) -> None:
            bar.update(task, completed=epoch, description=f"{workload.name} loss {loss:.4f}")

        return train(workload, folder, epochs=epochs, images=images, seed=seed, progress=show)


def run(arguments: list[str] | None) -> None:
    """The command line; a mistake in it ends with status 2 and one sentence."""
    parser = argparse.ArgumentParser(prog="python -m workloads.train", description="Train workloads and write their weights.")
    parser.add_argument("names", nargs="+", metavar="NAME", help=f"one of {', '.join(names())}")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="passes over the training split (default: %(default)s)")
    parser.add_argument("--images", type=int, help="train on the first so many digits only (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and augmentation (default: %(default)s)")
    parser.add_argument("--overwrite", action="store_true", help="replace weights that are there")
    parser.add_argument("--output", type=Path, default=WEIGHTS, help="folder of the weights (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        workloads = [load(name) for name in options.names]
        if not options.overwrite:
            refuse_existing(options.output / workload.weights.name for workload in workloads)
        for workload in workloads:
            record = _train_with_bar(workload, options.output, options.epochs, options.images, options.seed)
            print(f"{workload.name}: {record.correct} of {record.images} test digits, {record.accuracy:.2%}")
    except (ValueError, OSError) as error:
        parser.error(str(error))
