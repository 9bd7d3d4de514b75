"""What two processes of one run do, each writing down what it saw: `test_processes.py` starts it by torchrun and judges.

Usage: two_processes.py FOLDER ROLE, where ROLE is "two" under torchrun and "one" in a process by itself.
"""

import errno
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
import torch.distributed as distributed
from oracle import seeded
from safetensors.torch import save_file
from torch import Tensor, nn

from pysim import PysimError, approximate_
from pysim.train import Budget, Data, Loop, leave_group, prepare_, reestimate_batch_norm_
from pysim.train._processes import Processes

FOLDER, ROLE = Path(sys.argv[1]), sys.argv[2]


def network(ranges: Any = "running", **options: Any) -> nn.Module:
    seeded()
    layers = [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3)]
    model = nn.Sequential(*layers)
    x, _ = digits()
    approximate_(model, "drum8_k4", calibration=[x])
    prepare_(model, ranges=ranges, batches=[x], **options)
    return model


def digits() -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(3)
    x, y = torch.rand(30, 1, 6, 6, generator=random), torch.arange(30) % 3
    return x + y.view(-1, 1, 1, 1) / 4, y


def loop(model: nn.Module, folder: Path | None = None, epochs: int = 3, **options: Any) -> Loop:
    """Four steps an epoch; the last has 6 inputs, of which each process gets 3."""
    x, y = digits()
    augment = lambda x, random: x + 0.01 * torch.randn(x.shape, generator=random)  # noqa: E731
    return Loop(model, Data(x, y, (x, y), augment), Budget(epochs, 8, 1e-2, clip=1e3), folder=folder, **options)


def one_step(images: int) -> dict[str, Tensor]:
    """Gradients and what is synchronised, behind one step on a batch that is shared unevenly where `images` is odd."""
    model = network()
    x, y = digits()
    run = Loop(model, Data(x[:images], y[:images]), Budget(1, images, 1e-9, clip=1e9))
    run.optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    run.run()
    model.train()
    model(x)  # ranges move at the next call
    found = {f"grad {name}": parameter.grad for name, parameter in model.named_parameters()}
    return {**found, **dict(model.named_buffers()), "loss": torch.tensor(run.progress.history[0]["loss"])}  # type: ignore[dict-item]


def sharded(gradient: Any) -> tuple[list[float], list[float]]:
    """Losses of six steps of one model, whole and sharded, on the same data in both processes."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    x, y = digits()
    losses: tuple[list[float], list[float]] = ([], [])
    for shards, told in zip((False, True), losses, strict=True):
        seeded()
        model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 3))
        approximate_(model, "drum8_k3", calibration=[x])
        prepare_(model, gradient=gradient)
        if shards:
            mesh = init_device_mesh("cpu", (2,))
            for layer in (model[0], model[3], model[5], model):
                fully_shard(layer, mesh=mesh)
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        for _ in range(6):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model.train()(x), y)
            loss.backward()
            with torch.no_grad():
                model.eval()(x)  # inference keeps what it prepares, too
            optimizer.step()
            told.append(loss.item())
    return losses


def failure(run: Loop, resume: bool = False) -> str:
    try:
        run.run(resume, overwrite=not resume)
    except (PysimError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return "none"


def interrupted(folder: Path, **options: Any) -> None:
    run = loop(network(**options), folder)

    def tell(said: dict[str, Any]) -> None:
        if said["step"] == 6:
            raise KeyboardInterrupt

    run.tell = tell
    try:
        run.run()
    except KeyboardInterrupt:
        return
    raise AssertionError("it was not interrupted")


def main() -> None:
    torch.set_num_threads(1)
    if ROLE == "two":
        distributed.init_process_group("gloo")
    here = Processes.here()
    said: dict[str, Any] = {"rank": here.rank, "count": here.count}
    for images in (8, 7):
        save_file({k: v.clone() for k, v in one_step(images).items()}, FOLDER / f"{ROLE}{here.rank}-{images}.safetensors")
    if ROLE == "one":
        loop(network(), FOLDER / "one", 1).run()
        return
    for name, options in {"running": {}, "noisy": {"forward": "error-model", "noise": 0.02, "ranges": "learned"}}.items():
        whole, resumed = network(**options), network(**options)
        loop(whole, FOLDER / f"{name}-whole").run()
        interrupted(FOLDER / f"{name}-cut", **options)
        torch.manual_seed(99)
        loop(resumed, FOLDER / f"{name}-cut").run(resume=True)
        for which, model in (("whole", whole), ("resumed", resumed)):
            save_file({k: v.clone() for k, v in model.state_dict().items()}, FOLDER / f"{name}-{which}{here.rank}.safetensors")
    reestimate_batch_norm_(whole, [digits()[0]] if here.rank == 0 else [digits()[0]] * 3)  # the group has no part in it
    said["draw"] = float(torch.rand(()))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # FSDP's, about views
        said["sharded"] = {gradient: sharded(gradient) for gradient in ("straight-through", "difference")}

    bad = loop(network(), FOLDER / "bad", loss=lambda logits, labels, x: logits.sum() * factor[0])
    factor = [1.0]
    if here.rank == 1:
        bad.tell = lambda told: factor.__setitem__(0, float("nan") if told["step"] == 5 else 1.0)
    said["nan"] = failure(bad)

    distributed.barrier()
    while_saving = os.fsync

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    os.fsync = full
    said["full"] = failure(loop(network(), FOLDER / "bad"))
    os.fsync = while_saving
    distributed.barrier()
    said["foreign"] = failure(loop(network(), FOLDER / "one", 1), resume=True)
    said["few"] = ""
    try:
        Loop(network(), Data(*(part[:9] for part in digits())), Budget(1, 8))
    except PysimError as error:
        said["few"] = str(error)
    (FOLDER / f"said{here.rank}.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main()
    leave_group()
