"""`goldaxe retrain` in several processes, by itself and under torchrun: the same bits, one voice, and an end for all."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_command_line import run

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
COMMAND = ("retrain", "mnist-dscnn-small", "-m", "drum8_k3", "--batch", "32", "--method", "straight-through+running-ranges")


def test_torchrun_and_helpers_train_the_same_bits(tmp_path: Path) -> None:
    """And each prints once: the first process."""
    command = [*COMMAND, "--epochs", "2", "--images", "60", "--json"]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "goldaxe"]
    starts = {"torchrun": torchrun, "helpers": [sys.executable, "-m", "goldaxe"]}
    found, files = {}, {}
    for name, start in starts.items():
        options = ["-o", str(tmp_path / name), *(["--processes", "2"] if name == "helpers" else [])]
        done = subprocess.run([*start, *command, *options], env=ENVIRONMENT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found[name] = json.loads(done.stdout)
        files[name] = [(tmp_path / name / f"{which}.safetensors").read_bytes() for which in ("last", "model")]
    assert files["torchrun"] == files["helpers"]
    assert found["helpers"]["history"] == found["torchrun"]["history"]
    assert (found["helpers"]["epochs"], found["helpers"]["steps"]) == (2, 4)


def test_one_process_killed_ends_all_with_a_sentence(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "goldaxe",
        *COMMAND,
        "--epochs",
        "500",
        "--images",
        "32",
        "-o",
        tmp_path,
        "--processes",
        "2",
    ]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 100
        while not (tmp_path / "last.safetensors").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) == 1
        os.kill(int(children[0]), 9)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    (sentence,) = err.strip().splitlines()
    assert sentence.startswith("error: one of the 2 processes ended before the run did; the checkpoint of epoch")
    assert sentence.endswith("is intact")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--processes", "0"], "processes = 0 is not allowed; use 1 or more"),
        (["--processes", "2", "--epochs", "0"], "epochs = 0 is not allowed"),
    ],
)
def test_bad_input_starts_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: list[str], message: str
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    status, _, err = run(capsys, *COMMAND, *options)
    assert status == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_torchruns_count_is_what_counts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    status, _, err = run(capsys, *COMMAND, "--processes", "3")
    assert status == 2
    assert "--processes 3 contradicts torchrun, which started 2" in err
    monkeypatch.setenv("RANK", "1")
    assert run(capsys, *COMMAND, "--processes", "3") == (2, "", "")
