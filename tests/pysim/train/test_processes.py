"""The loop in two processes on one machine, by torchrun and gloo: it is one process's, it resumes, and it ends together."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

SCRIPT = Path(__file__).with_name("two_processes.py")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """The folder of both scripts' files, and what each of the two processes said."""
    folder = tmp_path_factory.mktemp("processes")
    paths = [str(Path(__file__).parents[1]), str(Path(__file__).parents[3])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    for start in ([sys.executable, SCRIPT, folder, "one"], [*torchrun, SCRIPT, folder, "two"]):
        done = subprocess.run(start, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
    return folder, [json.loads((folder / f"said{rank}.json").read_text()) for rank in (0, 1)]


@pytest.mark.parametrize("images", [8, 7])
def test_a_step_is_that_of_the_whole_batch(ran: tuple[Path, Any], images: int) -> None:
    """The first layer's range to the bit, for its ends have no rounding; sums but for theirs; and both processes alike."""
    one, first, second = (load_file(ran[0] / f"{name}-{images}.safetensors") for name in ("one0", "two0", "two1"))
    assert one.keys() == first.keys()
    assert sum(name.startswith("grad ") for name in one) == 6
    for name, whole in one.items():
        assert torch.equal(first[name], second[name]), name
        if name.startswith("0.approximation"):
            assert torch.equal(first[name], whole), name
        else:
            assert torch.allclose(first[name].float(), whole.float(), rtol=1e-4, atol=1e-6), name
    assert not torch.equal(one["0.approximation.weight.form.ranges.ends"], torch.tensor([0.0, 1.5]))
    assert float(one["grad 4.weight"].abs().max()) > 0.1


@pytest.mark.parametrize("name", ["running", "noisy"])
def test_resumed_runs_are_uninterrupted_ones(ran: tuple[Path, Any], name: str) -> None:
    """With ranges that have yet to move, and with noise that each process draws by itself."""
    states = [load_file(ran[0] / f"{name}-{which}{rank}.safetensors") for which in ("whole", "resumed") for rank in (0, 1)]
    for state in states[1:]:
        assert [key for key, tensor in state.items() if not torch.equal(tensor, states[0][key])] == []


def test_sharded_parameters_are_the_whole_ones(ran: tuple[Path, Any]) -> None:
    """FSDP gathers new values into a parameter of the same version: what was prepared of the old ones must not stay."""
    for said in ran[1]:
        for whole, sharded in said["sharded"].values():
            assert whole == sharded
            assert len(set(whole)) == 6


def test_processes_draw_different_numbers(ran: tuple[Path, Any]) -> None:
    _, (first, second) = ran
    assert (first["rank"], second["rank"], second["count"]) == (0, 1, 2)
    assert first["draw"] != second["draw"]


def test_all_end_with_one_sentence(ran: tuple[Path, Any]) -> None:
    """Of a loss that is not finite in the second process, and of a disk that is full for the first."""
    _, (first, second) = ran
    assert first["nan"] == second["nan"]
    assert "NonFiniteError: the loss is nan at step 6, in epoch 2" in first["nan"]
    assert first["nan"].endswith("; the checkpoint of epoch 1 is intact")
    assert first["full"].startswith("CheckpointError: cannot save the checkpoint")
    assert first["full"].endswith("last.safetensors, is intact")
    assert second["full"].removeprefix("ProcessError: ") == first["full"].removeprefix("CheckpointError: ")


WRAPPED = """
from pathlib import Path
import torch
from pysim.train import Processes, leave_group
torch.distributed.init_process_group("gloo")
torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(3, 3))(torch.rand(2, 3)).sum().backward()
for _ in range(2):
    print(sum("gloo" in path.read_text() for path in Path("/proc/self/task").glob("*/comm")))
    leave_group()
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted by way of /proc")
def test_no_thread_outlives_its_group() -> None:
    """One that releases a tensor while the interpreter ends aborts the process: once in a dozen runs on a busy machine."""
    alone = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), **alone}
    done = subprocess.run([sys.executable, "-c", WRAPPED], env=environment, capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert before > 0
    assert after == 0


def test_what_does_not_fit_is_refused(ran: tuple[Path, Any]) -> None:
    for said in ran[1]:
        assert "is of a run with processes = 1, and this one has 2" in said["foreign"]
        assert said["few"].startswith("9 inputs in batches of 8 have one of 1, too few for 2 processes")
