"""Training: the same command writes the same weights, and its mistakes are one sentence."""

from dataclasses import replace

import pytest
import torch

from workloads import load, names
from workloads._augment import jitter
from workloads._train import train
from workloads.train import main


@pytest.mark.parametrize("name", names())
def test_two_runs_write_the_same_bytes_whatever_the_threads_and_the_global_seed(name, tmp_path):
    workload, contents = load(name), []
    threads, losses = torch.get_num_threads(), []
    try:
        for run in (1, 2):
            torch.set_num_threads(run)
            torch.manual_seed(run)
            record = train(workload, tmp_path, epochs=1, images=200, progress=lambda *step: losses.append(step))
            assert torch.get_num_threads() == run
            contents.append((tmp_path / workload.weights.name).read_bytes())
    finally:
        torch.set_num_threads(threads)
    assert contents[0] == contents[1]
    assert losses[0] == losses[1]
    assert losses[0][:2] == (1, 1)
    moved = replace(workload, folder=tmp_path)
    assert moved.record() == record
    assert (record.epochs, record.training_images, record.images) == (1, 200, 1000)


def test_another_seed_trains_another_network(tmp_path):
    gru = load("mnist-gru")
    hashes = {train(gru, tmp_path, epochs=1, images=64, seed=seed).weights_sha256 for seed in (0, 1)}
    assert len(hashes) == 2


def test_the_command_line_writes_weights_and_tells_the_accuracy(tmp_path, capsys):
    main(["mnist-gru", "--epochs", "1", "--images", "64", "--output", str(tmp_path)])
    record = replace(load("mnist-gru"), folder=tmp_path).record()
    assert f"mnist-gru: {record.correct} of 1000 test digits" in capsys.readouterr().out


def test_weights_that_are_there_are_not_replaced_unasked(tmp_path, capsys):
    """Before anything is trained: the second name's weights are there, and the first is not trained for nothing."""
    path = tmp_path / load("mnist-gru").weights.name
    path.write_bytes(b"kept")
    command = ["--epochs", "1", "--images", "64", "--output", str(tmp_path)]
    with pytest.raises(SystemExit) as caught:
        main(["mnist-lstm", "mnist-gru", *command])
    assert caught.value.code == 2
    said = f"{path} is there already, and took long to make: --overwrite replaces it, or name another place\n"
    assert capsys.readouterr().err.endswith(f"error: {said}")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [(path.name, b"kept")]
    main(["mnist-gru", *command, "--overwrite"])
    assert replace(load("mnist-gru"), folder=tmp_path).record().epochs == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mnist-grv"], "unknown workload 'mnist-grv'; did you mean mnist-gru"),
        (["mnist-gru", "--epochs", "0"], "epochs is 0"),
        (["mnist-gru", "--images", "0"], "images must be in 1..4000"),
        (["mnist-gru", "--images", "4001"], "images must be in 1..4000"),
        ([], "required: NAME"),
    ],
)
def test_mistakes_end_with_status_2_and_one_sentence(tmp_path, capsys, arguments, message):
    with pytest.raises(SystemExit) as caught:
        main([*arguments, "--output", str(tmp_path)])
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_jitter_keeps_shape_and_range_and_moves_little():
    for shape in ((28, 28), (1, 28, 28)):
        images = torch.zeros(50, *shape)
        images[..., 10:18, 10:18] = 1
        moved = jitter(images, torch.Generator().manual_seed(0))
        assert moved.shape == images.shape
        assert 0 <= moved.min() <= moved.max() <= 1 + 1e-6
        assert moved[..., 13:15, 13:15].min() > 0.5
        assert not moved[..., :4].any()
        assert (moved != images).flatten(1).any(1).all()
