"""A small depthwise-separable CNN, after MobileNet (Howard et al., 2017) and the DS-CNN of keyword spotting."""

from __future__ import annotations

from torch import Tensor, nn


class SeparableBlock(nn.Module):
    """A 3x3 convolution of each channel by itself, then a 1x1 convolution across channels: (N, C, H, W) to (N, C', H', W')."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, stride=stride, padding=1, groups=inputs, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(inputs)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.pointwise_norm = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """One block, a ReLU after each of its two convolutions."""
        x = self.relu(self.depthwise_norm(self.depthwise(x)))
        return self.relu(self.pointwise_norm(self.pointwise(x)))


class DSCNN(nn.Module):
    """Images, float32 (N, 1, 28, 28) in 0..1, to logits, float32 (N, 10).

    `channels` are those behind the stem and each of the three blocks; the default has 9,034 parameters and 0.5 M products an
    image.
    """

    def __init__(self, channels: tuple[int, int, int, int] = (16, 32, 64, 64)) -> None:
        super().__init__()
        first, second, third, last = channels
        self.stem = nn.Conv2d(1, first, 3, stride=2, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(first)
        self.relu = nn.ReLU()
        self.blocks = nn.Sequential(
            SeparableBlock(first, second),
            SeparableBlock(second, third, stride=2),
            SeparableBlock(third, last),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classify = nn.Linear(last, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of each image."""
        x = self.relu(self.stem_norm(self.stem(x)))
        return self.classify(self.pool(self.blocks(x)).flatten(1))


class SmallDSCNN(DSCNN):
    """The same with 4 to 10 channels, too few for the task: 610 parameters."""

    def __init__(self) -> None:
        super().__init__((4, 6, 10, 10))
