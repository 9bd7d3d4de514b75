"""A workload: a network, its trained weights, and the digits that it learns from and is judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from . import _record
from ._mnist import Digits
from ._record import Record
from ._split import mnist

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Workload:
    """A network on the MNIST digits; `shape` is that of one input, float32 with pixels scaled from 0..255 to 0..1.

    There is no other normalisation: the background is exactly 0, as is the padding of a convolution.
    """

    name: str
    summary: str
    network: Callable[[], nn.Module]
    shape: tuple[int, ...]
    folder: Path = WEIGHTS

    @property
    def weights(self) -> Path:
        """Where the trained weights are."""
        return self.folder / f"{self.name}.safetensors"

    def model(self) -> nn.Module:
        """A fresh copy of the trained network, in eval mode on the CPU; raises ValueError for unusable weights."""
        state, _ = _record.load(self.weights, self.name)
        model = self.network()
        _record.fill(model, state, self.weights, self.name)
        return model.eval()

    def record(self) -> Record:
        """How the weights were trained and their float accuracy; raises ValueError for unusable weights."""
        return _record.load(self.weights, self.name)[1]

    def train(self) -> tuple[Tensor, Tensor]:
        """The training split: inputs, float32 (4000, *shape) in 0..1, and labels, int64 (4000,)."""
        return self.tensors(mnist().train)

    def test(self) -> tuple[Tensor, Tensor]:
        """The test split: inputs, float32 (1000, *shape) in 0..1, and labels, int64 (1000,)."""
        return self.tensors(mnist().test)

    def calibration(self, images: int = 512, batch: int = 128) -> list[Tensor]:
        """The first images of the training split as batches of inputs, float32 (batch, *shape); the last may be smaller.

        The split's order mixes the classes. Raises ValueError for more images than there are, or fewer than 1.
        """
        inputs, _ = self.train()
        if not 1 <= images <= len(inputs):
            raise ValueError(f"calibration images must be in 1..{len(inputs)}, not {images}")
        if batch < 1:
            raise ValueError(f"batch is {batch}, and must be 1 or more")
        return list(inputs[:images].split(batch))

    def tensors(self, digits: Digits) -> tuple[Tensor, Tensor]:
        """Any digits as this network's inputs and labels."""
        pixels = torch.from_numpy(digits.images).to(torch.float32) / 255
        return pixels.reshape(-1, *self.shape), torch.from_numpy(digits.labels).clone()
