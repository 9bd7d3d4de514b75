"""Small networks with random weights, each with what one lowering rule is about; their inputs have both signs."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def norm(channels: int) -> nn.BatchNorm2d:
    """Batch norm with all its numbers random; some factors are negative."""
    made = nn.BatchNorm2d(channels)
    with torch.no_grad():
        made.weight.copy_(torch.randn(channels) + 0.5)
        made.bias.copy_(torch.randn(channels))
        made.running_mean.copy_(torch.randn(channels))  # type: ignore[union-attr]
        made.running_var.copy_(torch.rand(channels) + 0.2)  # type: ignore[union-attr]
    return made


class MBConv(nn.Module):
    """A block of EfficientNet-Lite: expand 1x1, depthwise 3x3, project 1x1, and a residual where shapes allow one."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int = 3) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = nn.Sequential(nn.Conv2d(inputs, inner, 1, bias=False), norm(inner), nn.ReLU6())
        self.depthwise = nn.Sequential(
            nn.Conv2d(inner, inner, 3, stride, padding=1, groups=inner, bias=False), norm(inner), nn.ReLU6()
        )
        self.project = nn.Sequential(nn.Conv2d(inner, outputs, 1, bias=False), norm(outputs))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class Lite(nn.Module):
    """Stem, blocks with strides 2 and 1, pooling and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(2, 4, 3, 2, padding=1), norm(4), nn.ReLU6())
        self.blocks = nn.Sequential(MBConv(4, 4, 1), MBConv(4, 6, 2), MBConv(6, 6, 1))
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.stem(x)).mean([2, 3]))


class Pools(nn.Module):
    """Functions instead of modules, both kinds of pooling, a concatenation, and a ReLU that nothing before it can take."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, 4, (3, 2), stride=(1, 2), padding=(2, 1), dilation=(2, 1), groups=2)
        self.second = nn.Conv2d(4, 4, 1)
        self.last = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x)
        z = F.relu(F.max_pool2d(y, 3, stride=2, padding=1))
        w = F.avg_pool2d(self.second(y), 3, stride=2, padding=1)
        both = F.adaptive_avg_pool2d(torch.cat([z, w], 1), (1, 2))
        return self.last(both.permute(0, 2, 3, 1).reshape(x.shape[0], -1))


class Sequences(nn.Module):
    """A recurrent layer of any kind and a classifier of its last state, taken from the output or from h_n."""

    def __init__(self, kind: Any, from_output: bool = True, **options: Any) -> None:
        super().__init__()
        self.rows: nn.RNNBase = kind(5, 4, batch_first=True, **options)
        self.from_output = from_output
        self.last = nn.Linear(4 * (2 if options.get("bidirectional") and from_output else 1), 3)

    def forward(self, x: Tensor) -> Tensor:
        output, state = self.rows(x)
        if self.from_output:
            return self.last(output[:, -1])
        return self.last((state[0] if isinstance(self.rows, nn.LSTM) else state)[-1])


def one_dimension() -> nn.Module:
    """Conv1d with batch norm, and a linear layer over time."""
    return nn.Sequential(
        nn.Conv1d(3, 4, 3, stride=2, padding=1, bias=True), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2), nn.Flatten()
    )


def perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 5), nn.Hardtanh(-0.5, 0.7), nn.Dropout(), nn.Linear(5, 4), nn.Identity())


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "perceptron": (perceptron, (6,)),
    "efficientnet-lite blocks": (Lite, (2, 9, 8)),
    "pools": (Pools, (2, 6, 7)),
    "conv1d": (one_dimension, (3, 8)),
    "gru": (lambda: Sequences(nn.GRU), (4, 5)),
    "lstm": (lambda: Sequences(nn.LSTM, from_output=False), (4, 5)),
    "rnn": (lambda: Sequences(nn.RNN, from_output=False), (4, 5)),
    "gru, two layers, both directions": (lambda: Sequences(nn.GRU, num_layers=2, bidirectional=True, bias=False), (3, 5)),
    "lstm, both directions, h_n": (lambda: Sequences(nn.LSTM, from_output=False, bidirectional=True), (3, 5)),
}
"""Networks by name, with the shape of one input."""


def make(name: str, seed: int = 0, inputs: int = 24) -> tuple[nn.Module, Tensor]:
    """A fresh network in eval mode and inputs for it, with both signs."""
    torch.manual_seed(seed)
    build, shape = NETWORKS[name]
    return build().eval(), torch.randn(inputs, *shape)
