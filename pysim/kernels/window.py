"""The geometry of a convolution, apart from its data: what every back end is told in the same words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """A two-dimensional convolution's kernel, stride, dilation, zero padding and groups; each pair is (height, width).

    `padding` is that before the first row and column, `end` that behind the last. Padded positions hold a code that the
    caller names. A linear layer is the default, a 1x1 kernel.
    """

    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    end: tuple[int, int] = (0, 0)
    groups: int = 1

    def output(self, height: int, width: int) -> tuple[int, int]:
        """Output size for an input size; raises ValueError if the kernel does not fit the padded input."""
        sizes = []
        for d, size in enumerate((height, width)):
            span, padded = self.dilation[d] * (self.kernel[d] - 1) + 1, size + self.padding[d] + self.end[d]
            if padded < span:
                raise ValueError(f"a kernel that spans {span} does not fit the padded input size {padded}")
            sizes.append((padded - span) // self.stride[d] + 1)
        return sizes[0], sizes[1]
