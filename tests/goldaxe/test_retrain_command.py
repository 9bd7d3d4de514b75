"""`goldaxe retrain` and `goldaxe compare`: methods, resuming, tables and files, and bad input."""

import csv
import json
import re
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from test_command_line import run

import pysim.train
from goldaxe import _compare_run, _retrain
from goldaxe._compare import Compared, compare
from goldaxe._methods import METHODS, method
from goldaxe._retrain import retrain
from pysim import PysimError, Quantization, approximate_
from pysim.train import Budget
from pysim.train.gradients import GRADIENTS
from workloads import accuracy, load

QUICK = Budget(epochs=2, batch=64)
SMALL: dict[str, Any] = {"images": 128, "budget": QUICK}


@pytest.fixture(autouse=True)
def few_test_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accuracies here are of 200 test images, to save time."""
    monkeypatch.setattr(_retrain, "accuracy", lambda model, inputs, labels: accuracy(model, inputs[:200], labels[:200]))


@pytest.mark.parametrize("name", METHODS)
def test_every_method_runs(name: str, tmp_path: Path) -> None:
    """On few images; and what it saves is what it evaluated, in a model that is converted from scratch."""
    result = retrain("mnist-dscnn-small", "truncated_columns8_v7", name, folder=tmp_path, **SMALL)
    assert result.before < 0.5
    assert result.float_accuracy == 0.922
    assert (result.steps > 0) == (name not in ("batch-norm", "control-variate")) == bool(result.history)
    from safetensors.torch import load_file

    workload = load("mnist-dscnn-small")
    model = workload.model()
    approximate_(model, "truncated_columns8us_v7")
    model.load_state_dict(load_file(tmp_path / "model.safetensors"))
    inputs, labels = workload.test()
    assert accuracy(model, inputs[:200], labels[:200]) == result.after


def test_both_files_say_what_they_belong_to(tmp_path: Path) -> None:
    """By each product: 8 bits, unsigned activations and signed weights on the multiplier's own port."""
    from safetensors import safe_open

    retrain("mnist-dscnn-small", "drum8_k3", folder=tmp_path, images=64, budget=Budget(epochs=1, batch=64))
    metadata = {}
    for name in ("model", "last"):
        with safe_open(tmp_path / f"{name}.safetensors", framework="pt") as file:
            metadata[name] = file.metadata()
    assert all(len(keys) == 1 for keys in metadata.values())  # safetensors writes several in any order
    said = json.loads(metadata["model"]["goldaxe.retrained"])["belongs_to"]
    assert json.loads(metadata["last"]["goldaxe.training"])["belongs_to"] == said
    layers = [name for name, module in load("mnist-dscnn-small").model().named_modules() if hasattr(module, "weight")]
    assert {name.split(".approximation.")[0] for name in said} < set(layers)
    assert len(said) == 8
    for one in said.values():
        assert (one["multiplier"], one["activation"], one["zero_point"]) == ("drum8us_k3", [0, 255], "affine")
        assert (one["weight"], one["accumulator"]) == ([-127, 127], [32, "wrap"])


def test_batch_norm_alone_wins_much_back() -> None:
    result = retrain("mnist-dscnn", "truncated_columns8_v8", "batch-norm")
    assert result.before < 0.8
    assert result.after > 0.95


def test_batch_norm_is_estimated_behind_the_control_variate() -> None:
    """The other way round, the correction spoils the statistics: 61% are left."""
    result = retrain("mnist-dscnn", "r4abm8_e1_p7", "batch-norm+control-variate")
    assert result.before < 0.6
    assert result.after > 0.97


def test_resumed_progressive_runs_are_uninterrupted_ones(tmp_path: Path) -> None:
    """Through changes of the multiplier, the forward pass and a teacher."""
    how = "progressive+error-model+distillation+learned-ranges"
    options: dict[str, Any] = {"images": 128, "budget": Budget(epochs=4, batch=64)}
    whole = retrain("mnist-gru", "drum8_k3", how, folder=tmp_path / "whole", **options)
    for stop in (3, 5):

        def tell(said: dict[str, Any], stop: int = stop) -> None:
            if said["step"] == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            retrain("mnist-gru", "drum8_k3", how, folder=tmp_path / "cut", resume=True, tell=tell, **options)
    torch.manual_seed(7)
    resumed = retrain("mnist-gru", "drum8_k3", how, folder=tmp_path / "cut", resume=True, **options)
    assert resumed.history == whole.history
    saved = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "cut")]
    assert saved[0] == saved[1]


def test_methods_combine_or_contradict() -> None:
    both = method("difference+distillation+batch-norm")
    assert (both.training.gradient, both.distillation, both.batch_norm, both.trains) == ("difference", True, True, True)
    assert not method("batch-norm+control-variate").trains
    with pytest.raises(PysimError, match="difference and estimate contradict each other"):
        method("difference+estimate")
    with pytest.raises(PysimError, match="unknown method 'diference'; did you mean difference"):
        method("diference")


def test_the_command_prints_resumes_and_logs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = ("retrain", "mnist-dscnn-small", "-m", "drum8_k3", "--epochs", 1, "--images", 64, "-o", tmp_path / "run")
    status, out, err = run(capsys, *command, "--logs", tmp_path / "logs")
    assert (status, err) == (0, "")
    assert "drum8us_k3, straight-through, seed 0" in out.replace("mnist-dscnn-small on ", "")
    assert list((tmp_path / "logs").glob("events.out.tfevents.*"))
    result = json.loads(run(capsys, *command, "--resume", "--json")[1])
    assert (result["epochs"], result["steps"], result["multiplier"]) == (1, 1, "drum8us_k3")
    status, _, err = run(capsys, *command, "--resume", "--seed", 1)
    assert status == 2
    assert "name another folder" in err


@pytest.mark.parametrize(
    ("before", "after", "tested", "expected"),
    [
        (0.9, 0.95, 1000, ""),
        (0.9, 0.9, 1000, ""),
        (0.9, 0.899, 1000, "it ended worse than it began (89.90%, before 90.00%)"),
        (0.05, 0.1189, 1000, "its 11.89% are no better than guessing, 10%"),  # 10% + 2 * sqrt(0.09 / 1000) = 11.897%
        (0.05, 0.119, 1000, ""),
        (0.05, 0.16, 100, "its 16.00% are no better than guessing, 10%"),
    ],
)
def test_runs_that_ended_badly_say_so(before: float, after: float, tested: int, expected: str) -> None:
    result = _retrain.Retrained("w", "m", "h", 0, 0.98, before, after, 1, 1, 1.0, [], tested)
    assert result.trouble == expected
    assert Compared("w", "m", "h", (result, result)).troubled == 2 * bool(expected)


def test_a_learning_rate_that_destroys_the_network_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from safetensors import safe_open

    command = ("retrain", "mnist-dscnn-small", "-m", "drum8_k3", "--images", 128, "--epochs", 1, "--learning-rate", "1e6")
    status, out, err = run(capsys, *command, "-o", tmp_path, "--json")
    assert status == 0
    assert err.startswith("warning: do not use this run: it ended worse than it began")
    assert "no better than guessing, 10%" in err
    trouble = json.loads(out)["trouble"]
    assert trouble in err
    with safe_open(tmp_path / "model.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["goldaxe.retrained"])["trouble"] == trouble


def test_a_finished_run_is_not_replaced_unasked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = ("retrain", "mnist-dscnn-small", "--images", 64, "--epochs", 1, "-o", tmp_path)
    assert run(capsys, *command, "-m", "drum8_k3")[0] == 0
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for name, more in (("drum8_k3", ()), ("mitchell8", ()), ("mitchell8", ("--resume", "--method", "batch-norm"))):
        status, out, err = run(capsys, *command, "-m", name, *more)
        assert (status, out) == (2, "")
        assert f"{tmp_path / 'last.safetensors'} is there already, and took long to make" in err
        assert "--overwrite" in err
    (tmp_path / "last.safetensors").unlink()
    status, _, err = run(capsys, *command, "-m", "mitchell8", "--resume")
    assert (status, "nothing to resume" in err) == (2, True)
    assert (tmp_path / "model.safetensors").read_bytes() == kept[tmp_path / "model.safetensors"]
    assert run(capsys, *command, "-m", "mitchell8", "--overwrite")[0] == 0
    assert (tmp_path / "model.safetensors").read_bytes() != kept[tmp_path / "model.safetensors"]
    assert "give one of them" in run(capsys, *command, "-m", "mitchell8", "--overwrite", "--resume")[2]


def test_compare_runs_what_is_missing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[tuple[Any, ...]] = []

    def counted(*given: Any, **options: Any) -> Any:
        runs.append((*given, options["budget"].seed))
        return retrain(*given, **options)

    monkeypatch.setattr(_compare_run, "retrain", counted)
    command = ("compare", tmp_path / "runs", "-w", "mnist-dscnn-small", "-m", "drum8_k3,mitchell8", "--seeds", 2)
    short = ("--epochs", 1, "--images", 64)
    status, _, err = run(capsys, *command, "--method", "batch-norm", *short)
    assert (status, len(runs)) == (0, 4), err
    status, out, _ = run(capsys, *command, "--method", "batch-norm,straight-through", *short, "--png", tmp_path / "plot.png")
    assert status == 0
    assert [given[2:] for given in runs[4:]] == [("straight-through", 0), ("straight-through", 1)] * 2
    assert len(list((tmp_path / "runs").glob("*/*/straight-through-step-*.json"))) == 2
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "runs" / "comparison.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["multiplier"], row["method"]) for row in rows] == [
        (multiplier, how) for multiplier in ("drum8us_k3", "mitchell8us") for how in ("batch-norm", "straight-through")
    ]
    found = json.loads(run(capsys, *command, "--method", "batch-norm,straight-through", *short, "--json")[1])
    for row, printed in zip(found, rows, strict=True):
        after = [one["after"] for one in row["runs"]]
        mean = sum(after) / 2
        assert row["after"] == pytest.approx(mean)
        assert row["spread"] == pytest.approx(100 * (sum((value - mean) ** 2 for value in after)) ** 0.5)
        assert float(printed["lost_points"]) == pytest.approx(100 * (0.922 - mean), abs=0.006)
        if row["method"] == "batch-norm":
            assert (row["step"], printed["step_time_to_float"]) == (None, "")
        else:
            step = row["step"]
            assert (step["batch"], step["threads"], printed["step_batch"], printed["step_threads"]) == (64, 1, "64", "1")
            ratios = step["seconds"] / step["float_seconds"], step["memory"] / step["float_memory"]
            assert float(printed["step_time_to_float"]) == pytest.approx(ratios[0], abs=0.006)
            assert float(printed["step_memory_to_float"]) == pytest.approx(ratios[1], abs=0.006)
            assert 1 < ratios[1] < 2
    assert "mean and standard deviation over 2 seeds" in out
    assert "ratios to a float32 training step of 64 digits, 1 thread" in out
    assert f"{float(rows[0]['lost_points']):+.2f}" in out


def test_jobs_give_the_same_runs_and_survive_failures(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """In two processes; the GRU has no batch norm, so that its run fails."""
    names = ("-w", "mnist-gru", "-m", "drum8_k3", "--method", "straight-through,batch-norm", "--epochs", 1, "--images", 64)
    files = {}
    for jobs in (1, 2):
        status, out, err = run(capsys, "compare", tmp_path / f"{jobs}", *names, "--seeds", 1, "--jobs", jobs)
        assert status == 1
        (told,) = err.strip().splitlines()
        assert told.startswith("failed: mnist-gru drum8us_k3 batch-norm seed 0: the model has no batch norm")
        assert "straight-through" in out
        assert "batch-norm" not in out
        files[jobs] = {path.name: json.loads(path.read_text())["result"] for path in tmp_path.glob(f"{jobs}/*/*/*-seed*.json")}
    for results in files.values():
        for result in results.values():
            result.pop("seconds")
    for name, mine in files[1].items():
        other = files[2][name]
        assert (mine["history"], mine["epochs"], mine["steps"]) == (other["history"], other["epochs"], other["steps"])
    assert len(files[1]) == len(files[2]) == 1


def test_results_of_earlier_comparisons_stay_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name and the fields of a run's file, as they were from the first."""
    monkeypatch.setattr(_compare_run, "retrain", None)
    budget = {"epochs": 10, "batch": 64, "learning_rate": 1e-3, "weight_decay": 0.0, "clip": 1.0, "patience": None}
    budget |= {"precision": "float32", "seed": 0}
    quantization = asdict(Quantization())
    settings = {"budget": budget, "quantization": quantization, "images": None}
    settings["weights"] = load("mnist-gru").record().weights_sha256
    short = sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    path = tmp_path / "mnist-gru" / "drum8us_k3" / f"straight-through-seed0-{short}.json"
    path.parent.mkdir(parents=True)
    numbers = {"float_accuracy": 0.981, "before": 0.96, "after": 0.97, "epochs": 10, "steps": 630, "seconds": 9.0}
    result = {"workload": "mnist-gru", "multiplier": "drum8us_k3", "method": "straight-through", "seed": 0, **numbers}
    path.write_text(json.dumps({"settings": settings, "result": {**result, "history": []}}))
    (row,) = compare(["mnist-gru"], ["drum8_k3"], ["straight-through"], tmp_path, seeds=1)
    assert (row.after, row.step_milliseconds) == (0.97, pytest.approx(9000 / 630))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["retrain", "mnist-gru"], "no multiplier was named"),
        (["retrain", "mnist-gruu", "-m", "exact8"], "did you mean mnist-gru"),
        (["retrain", "mnist-gru", "-m", "exact8", "--method", "magic"], "unknown method 'magic'"),
        (["retrain", "mnist-gru", "-m", "exact8", "--epochs", "0"], "epochs = 0 is not allowed"),
        (["retrain", "mnist-gru", "-m", "exact8", "--resume"], "--resume needs the folder"),
        (["retrain", "mnist-gru", "-m", "exact8", "--images", "0"], "images = 0 is not allowed"),
        (["retrain", "mnist-gru", "-m", "mitchell8", "--method", "progressive"], "no finer multiplier"),
        (["retrain", "mnist-gru", "-m", "exact8", "--method", "batch-norm"], "the model has no batch norm"),
        (["retrain", "mnist-gru", "-m", "exact8", "--images", "64", "--patience", "1"], "patience takes 500"),
        (["compare", "RUNS"], "no multiplier was named"),
        (["compare", "RUNS", "-m", "exact8", "--method", "x"], "unknown method 'x'"),
        (["compare", "/dev/null", "-m", "exact8"], "cannot write to the folder /dev/null: File exists"),
        (["retrain", "mnist-gru", "-m", "exact8", "-o", "/dev/null"], "cannot write to the folder /dev/null: File exists"),
        (["retrain", "mnist-gru", "-m", "exact8", "--logs", "/dev/null"], "cannot write logs to /dev/null"),
        (["retrain", "mnist-gru", "-m", "exact8", "--seed", "4294967296"], "use 0 to 4294967295"),
        (["retrain", "mnist-gru", "-m", "exact8", "--learning-rate", "inf"], "use a finite number, more than 0"),
        (["compare", "RUNS", "-m", "exact8", "--jobs", "0"], "jobs = 0 is not allowed; use 1 or more"),
        (["compare", "RUNS", "-m", "exact8", "--seeds", "0"], "seeds = 0 is not allowed; use 1 or more"),
        (["compare", "RUNS", "-m", "exact8", "--images", "4001"], "images = 4001 is not allowed; mnist-dscnn has 1 to 4000"),
        (["compare", "RUNS", "-m", "exact8", "--png", "a.pdf"], "give one that ends in .png"),
    ],
)
def test_bad_input_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], message: str
) -> None:
    status, _, err = run(capsys, *(str(tmp_path / "runs") if part == "RUNS" else part for part in arguments))
    assert status == 2
    assert len(err.strip().splitlines()) == 1
    assert message in err


def test_the_documents_example_runs() -> None:
    text = (Path(__file__).parents[2] / "docs" / "retraining.md").read_text()
    first = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert first
    space: dict[str, Any] = {}
    exec(compile(first[1], "retraining.md", "exec"), space)
    assert float(space["loss"].detach()) < 5


def test_the_document_lists_every_method_of_prepare_and_loop() -> None:
    text = (Path(__file__).parents[2] / "docs" / "retraining.md").read_text()
    for name in (*GRADIENTS, *pysim.train.__all__):
        if name not in ("Budget", "CheckpointError", "Data", "Progress", "Training", "remove_control_variate_"):
            assert name in text, name


def test_methods_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "retrain", "mnist-gru", "--method", "help")[1]
    assert [line.split()[0] for line in out.splitlines()] == list(METHODS)
