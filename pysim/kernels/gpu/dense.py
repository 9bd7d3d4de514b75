"""Low-rank products of a matrix of codes, for linear layers and pointwise convolutions on Hopper cards: planes as one product.

The planes of one shift lie side by side along k, so a multiplier of P planes is one int8 product that is P times as deep.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from . import _device, _tuning
from .expand import as_tensor, expand, pack, steps
from .geometry import placed


@dataclass(frozen=True)
class Layout:
    """Where the planes lie in a row of factors: `offsets` of the planes, `ends` and `shifts` of the runs of one shift."""

    offsets: tuple[int, ...]
    ends: tuple[int, ...]
    shifts: tuple[int, ...]

    @staticmethod
    def of(shifts: tuple[int, ...], inner: int) -> Layout:
        """The layout of planes with these shifts, which do not increase, and `inner` products each."""
        plane, end = -(-inner // 16) * 16, 0
        offsets, ends, runs = [], [], []
        for shift, run in groupby(shifts):
            count = len(list(run))
            offsets += [end + plane * i for i in range(count)]
            end += -(-plane * count // _tuning.RUN) * _tuning.RUN
            ends.append(end)
            runs.append(shift)
        return Layout(tuple(offsets), tuple(ends), tuple(runs))


class DenseFactors:
    """What is fixed in out[m, n] = constant[n] + sum_p 2**shift_p * sum_k left[p, x[m, k]] * right[p, w[n, k]].

    `left` is int8 (P, 256), `right` int8 (P, B), `weight` uint8 (N, K) with K > 0 and codes below B, `shifts` P > 0 integers
    0 ... 31 that do not increase. Sums are right modulo 2**32.
    """

    def __init__(self, left: Tensor, right: Tensor, shifts: tuple[int, ...], weight: Tensor) -> None:
        self.outputs, inner = weight.shape
        self.planes, self.words, self.layout = len(shifts), pack(left), Layout.of(shifts, inner)
        self.right = right.new_zeros(self.outputs, self.layout.ends[-1])
        for offset, factors in zip(self.layout.offsets, right, strict=True):
            self.right[:, offset : offset + inner] = factors[weight.int()]

    def __call__(self, x: Tensor, constant: Tensor | None, scale: Tensor | None, out: Tensor) -> None:
        """Write the product of codes x, uint8 (B, H, W, K) of any strides, into `out` (B, H, W, N), int32 or scaled float32."""
        batch, height, width, _ = x.shape
        if height > 1 and width > 1 and x.stride(1) != width * x.stride(2):
            x = x.contiguous()
        pixels, row = batch * height * width, self.layout.ends[-1]
        if pixels > 1 and pixels * row > _tuning.EXPANDED_BYTES:
            # The outermost dimension: rows of what is left still follow one another.
            split = next(dimension for dimension in range(3) if x.shape[dimension] > 1)
            half = x.shape[split] // 2
            for start, size in ((0, half), (half, x.shape[split] - half)):
                self(x.narrow(split, start, size), constant, scale, out.narrow(split, start, size))
            return
        x = x.flatten(1, 2)
        left = torch.empty(pixels, row, dtype=torch.int8, device=x.device)
        with _device.current(x):
            expand(x, self.words, self.planes, left, self.layout.offsets, row)
            self.multiply(left, constant, scale, out)

    def multiply(self, left: Tensor, constant: Tensor | None, scale: Tensor | None, out: Tensor) -> None:
        """The product alone, of factors that are expanded already: int8 (B * H * W, ends[-1])."""
        from triton.tools.tensor_descriptor import TensorDescriptor

        kernel = _device.kernel("dense", (left, self.right, constant, scale, out))
        pixels, row = left.shape
        block = [16, 16]  # the kernel's tile replaces it before each launch
        described = (TensorDescriptor(part, list(part.shape), list(part.stride()), block) for part in (left, self.right))
        numbers = (as_tensor(part, torch.int32, left.device) for part in (self.layout.ends, steps(self.layout.shifts)))
        sizes: dict[str, Any] = {"bucket": (pixels - 1).bit_length(), "row": row, "runs": len(self.layout.ends)}
        sizes |= {"pixels": pixels, "outputs": self.outputs, **placed(out)}
        kernel[_grid(pixels, self.outputs)](
            *described, *numbers, constant, scale, out, **sizes, ONE=len(self.layout.ends) == 1, GROUP=_tuning.GROUP
        )


def _grid(pixels: int, outputs: int) -> Any:
    return lambda tile: (-(-pixels // tile["BLOCK_M"]) * -(-outputs // tile["BLOCK_N"]),)
