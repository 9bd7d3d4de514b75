"""The GPU benchmark without a GPU: what it says, that all its parts run in Triton's interpreter, and its CUDA C++ compiles."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_gpu_kernels import needs_triton

import benchmarks.gpu.__main__
from benchmarks.gpu import native

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.gpu", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)


@needs_triton
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_is_one_sentence() -> None:
    done = run()
    assert done.returncode == 1
    assert done.stderr.strip() == "error: this benchmark needs a GPU that torch can use, and there is none"
    assert not done.stdout


@needs_triton
def test_every_part_runs_in_the_interpreter(tmp_path: Path) -> None:
    done = run("--interpret", "--json", str(tmp_path / "results.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["failed"] == []
    assert {name: len(rows) for name, rows in results["tiles"].items()} == {"dense": 1, "low_rank": 1, "table": 1}
    for found in results["low rank"]:
        assert set(found["seconds"]) == {"library", "dense", "convolution", "fused"}
    assert all(set(found["rates"]) == {"triton", "triton, 32 bits"} for found in results["table"])
    assert results["machine"]["card"].startswith("none")
    assert "every result right" in done.stdout


@pytest.mark.parametrize(("mark", "said"), [("", "passed"), ("@pytest.mark.skip(reason='none here')", "1 skipped")])
def test_checks_that_are_skipped_have_not_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, said: str) -> None:
    (tmp_path / "test_one.py").write_text(f"import pytest\n{mark}\ndef test_it(): pass\n")
    monkeypatch.setattr(benchmarks.gpu.__main__, "CHECKS", (tmp_path / "test_one.py",))
    told = benchmarks.gpu.__main__.checks()
    assert said in told
    assert (told == "passed") == (not mark)


WRONG = """
import runpy, sys
sys.argv = ["benchmarks.gpu", "--interpret", "--no-tiles"]
import pysim.kernels.gpu.dense as dense
dense.steps = lambda shifts: (1,) * len(shifts)
runpy.run_module("benchmarks.gpu", run_name="__main__")
"""


@needs_triton
def test_a_wrong_kernel_fails_it() -> None:
    done = subprocess.run([sys.executable, "-c", WRONG], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "dense: WRONG RESULT" in done.stdout


@pytest.mark.skipif(native.compiler() is None, reason="nvcc is not installed")
def test_cuda_compiles(tmp_path: Path) -> None:
    assert native.build(tmp_path, "sm_90").stat().st_size > 10000


def test_without_nvcc_it_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    with pytest.raises(native.NativeError, match="nvcc was not found; install CUDA's compiler, or set CUDA_HOME"):
        native.build(tmp_path, "sm_90")
