"""The measure of accuracy: counts right answers, in any batches, and refuses what has no accuracy."""

import pytest
import torch
from torch import nn

from workloads import accuracy, correct

INPUTS = torch.eye(4)
LABELS = torch.tensor([0, 1, 2, 0])


@pytest.mark.parametrize("batch", [1, 3, 4, 100])
def test_it_counts_the_largest_outputs_at_the_label(batch):
    steps = []
    assert correct(nn.Identity(), INPUTS, LABELS, batch=batch, progress=lambda *step: steps.append(step)) == 3
    assert accuracy(nn.Identity(), INPUTS, LABELS, batch=batch) == 0.75
    assert steps == [(min(stop, 4), 4) for stop in range(batch, 4 + batch, batch)]


def test_it_runs_in_eval_mode_and_puts_every_mode_back():
    model = nn.Sequential(nn.Dropout(1.0), nn.BatchNorm1d(4), nn.Dropout(1.0))
    model[1].eval()
    assert accuracy(model, INPUTS, LABELS) == 0.75
    assert [part.training for part in model] == [True, False, True]


@pytest.mark.parametrize(
    ("inputs", "labels", "batch", "message"),
    [
        (torch.empty(0, 4), torch.empty(0, dtype=torch.int64), 1, "data set is empty"),
        (INPUTS, LABELS[:3], 1, "4 inputs, but labels of shape"),
        (INPUTS, INPUTS, 1, "4 inputs, but labels of shape"),
        (INPUTS, LABELS, 0, "batch is 0"),
        (INPUTS.unsqueeze(1), LABELS, 2, r"Identity must give logits of shape \(2, classes\) for inputs 0..1, not shape"),
        (INPUTS * float("nan"), LABELS, 2, "Identity gives outputs that are not finite"),
        (INPUTS / 0, LABELS, 2, "Identity gives outputs that are not finite"),
    ],
)
def test_what_has_no_accuracy_is_refused(inputs, labels, batch, message):
    with pytest.raises(ValueError, match=message):
        correct(nn.Identity(), inputs, labels, batch=batch)


def test_outputs_that_are_no_tensor_are_refused():
    with pytest.raises(ValueError, match=r"GRU must give logits of shape \(4, classes\) for inputs 0..3, not tuple"):
        accuracy(nn.GRU(4, 4), INPUTS, LABELS)
