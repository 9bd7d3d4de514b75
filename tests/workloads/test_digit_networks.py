"""Every workload: its network, and its committed weights, reach the accuracy on record."""

import doctest
import re

import pytest
import torch

import workloads
from workloads import accuracy, correct, load, names
from workloads._split import SPLIT_SHA256

PARAMETERS = {"mnist-dscnn": 9034, "mnist-dscnn-small": 610, "mnist-gru": 18698, "mnist-lstm": 24714}


@pytest.fixture(params=names())
def workload(request):
    return load(request.param)


def test_the_size_of_each_network_is_as_its_summary_says(workload):
    count = sum(parameter.numel() for parameter in workload.model().parameters())
    assert count == PARAMETERS[workload.name]
    assert f"{count:,} parameters" in workload.summary
    assert workload.weights.stat().st_size < 128 * 1024


def test_inputs_are_pixels_in_0_to_1(workload):
    for count, (inputs, labels) in ((4000, workload.train()), (1000, workload.test())):
        assert inputs.shape == (count, *workload.shape)
        assert inputs.dtype == torch.float32
        assert (inputs.min(), inputs.max()) == (0, 1)
        assert labels.dtype == torch.int64


def test_the_float_accuracy_on_record_is_reproduced(workload):
    """Exactly: float sums differ between machines in the sixth digit, and no decision is closer than the third."""
    model, (inputs, labels), record = workload.model(), workload.test(), workload.record()
    assert not model.training
    assert correct(model, inputs, labels) == record.correct
    assert accuracy(model, inputs, labels) == record.accuracy
    assert (record.accuracy >= 0.97) != (workload.name == "mnist-dscnn-small" and 0.9 < record.accuracy < 0.95)
    with torch.inference_mode():
        best, second = model(inputs).topk(2).values.unbind(1)
    assert (best - second).min() > 1e-3


def test_the_record_tells_how_the_weights_were_made(workload):
    record = workload.record()
    assert record.workload == workload.name
    assert (record.images, record.training_images) == (1000, 4000)
    assert record.split_sha256 == SPLIT_SHA256
    assert record.script == f"python -m workloads.train {workload.name}"


def test_each_model_is_a_fresh_copy(workload):
    first = workload.model()
    with torch.no_grad():
        next(first.parameters()).zero_()
    assert next(workload.model().parameters()).any()


@pytest.mark.parametrize(
    ("name", "hint"),
    [("mnist-gruu", "did you mean mnist-gru"), ("MNIST", "known are"), ("", "known are mnist-dscnn, mnist-dscnn-small")],
)
def test_an_unknown_name_gets_suggestions(name, hint):
    with pytest.raises(ValueError, match=re.escape(f"unknown workload {name!r}; {hint}")):
        load(name)


def test_the_example_in_the_docstring_runs():
    assert doctest.testmod(workloads).attempted == 3
    assert doctest.testmod(workloads).failed == 0
