"""Low-rank products on a GPU: the activations' factors are looked up in the kernel or before it, the rest is int8 products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..._errors import PysimError
from . import _device, _tuning
from .expand import as_tensor, expand, pack, steps
from .geometry import Geometry, addresses, grid, placed
from .output import Output, finished


def linear_low_rank(
    x: Tensor, left: Tensor, right: Tensor, shifts: Sequence[int], constant: Tensor | None = None, fused: bool | None = None
) -> Tensor:
    """acc[m, n] = constant[n] + sum_p 2**shift_p * sum_k left[p, x[m, k]] * right[p, k, n], int32 (M, N), modulo 2**32.

    `x` is uint8 (M, K), code indices. `left` is int8 (P, 256); a plane whose values are stored less an offset has the offset's
    share in `constant`, int32 (N,). `right` is int8 (P, K, N), the weights' factors, in any memory layout; `expand_right` makes
    the fast one. `shifts` are P integers 0 ... 31 that do not increase. `fused` looks codes up inside the product, again for
    every tile and tap that reads them; otherwise a kernel before it writes P maps of factors, P bytes a code. None chooses by
    how often a code is read. Raises PysimError where types, shapes, shifts or devices do not fit, or triton cannot run here.
    """
    _device.check("x", x, [torch.uint8], 2)
    return conv_low_rank(x[:, None, None, :], left, right, shifts, constant, Geometry(), fused).flatten(0, 2)


def conv_low_rank(
    x: Tensor,
    left: Tensor,
    right: Tensor,
    shifts: Sequence[int],
    constant: Tensor | None,
    geometry: Geometry,
    fused: bool | None = None,
    words: Tensor | None = None,
    output: Output | None = None,
) -> Tensor:
    """The convolution of a code map x, uint8 (B, H, W, C), on the same factors: int32 (B, OH, OW, N), modulo 2**32.

    `right` is int8 (P, K, N), with K = kernel rows * kernel columns * (C / groups) in this order, and N outputs ordered by
    group. `words` is `pack(left)`, for callers that keep it; `output` says where results go and how they are scaled. Other
    arguments and errors are those of `linear_low_rank`. A map that is not contiguous is copied.
    """
    _device.check("x", x, [torch.uint8], 4)
    _device.check("left", left, [torch.int8], 2)
    _device.check("right", right, [torch.int8], 3)
    planes, inner, outputs = right.shape
    _device.check_constant(constant, outputs)
    if left.shape != (planes, 256):
        raise PysimError(f"left must have shape ({planes}, 256) for the {planes} planes of right, not {tuple(left.shape)}")
    if len(shifts) != planes or any(not 0 <= shift <= 31 for shift in shifts) or sorted(shifts, reverse=True) != list(shifts):
        raise PysimError(f"shifts must be {planes} integers from 31 down to 0, one a plane, not {list(shifts)}")
    shape, sizes = addresses(x, geometry, outputs)
    if sizes["inner"] != inner:
        raise PysimError(f"right has {inner} products a sum where x and the geometry have {sizes['inner']}")
    kernel = _device.kernel("low_rank", (x, left, right, constant))
    output = output or Output.new(shape, x.device)
    if not output.to.numel() or not inner or not planes:
        return finished(output, constant)
    left = left.contiguous()
    if fused is None:
        fused = geometry.taps * sizes["group_outputs"] <= _tuning.REUSE or planes * x.numel() > _tuning.EXPANDED_BYTES
    if not fused:  # the padding is written out, so that it is looked up like anything else
        (top, bottom), (before, after) = geometry.padding
        x = F.pad(x, (0, 0, before, after, top, bottom), value=geometry.pad_code)
        _, sizes = addresses(x, replace(geometry, padding=((0, 0), (0, 0))), outputs)
    x = x.contiguous()
    flags = {"FUSED": fused, "DIRECT_FROM": direct_from(inner, shifts, x.device), "PRODUCTS": _tuning.PRODUCTS}
    plane = 0 if fused else -(-x.numel() // 16) * 16
    with _device.current(x):
        codes = x
        if not fused:
            codes = torch.empty(planes * plane, dtype=torch.int8, device=x.device)
            offsets = tuple(plane * p for p in range(planes))
            expand(x.view(1, 1, -1), pack(left) if words is None else words, planes, codes, offsets, 0)
        following = as_tensor(steps(tuple(shifts)), torch.int32, x.device)
        arguments = (codes, left, right, following, constant, output.scale, output.to)
        kernel[grid(sizes)](*arguments, planes, plane, *right.stride(), **sizes, **placed(output.to), **flags)
    return output.to


def expand_right(right: Tensor, weight: Tensor) -> Tensor:
    """right[p, weight[n, k]] at [p, k, n]: int8 (P, K, N) of factors int8 (P, B) and weight codes uint8 (N, K).

    For a convolution k is ordered by kernel row, kernel column, channel: `weight.permute(0, 2, 3, 1).flatten(1)`. In memory k
    runs fastest and rows begin at multiples of 16, which is what an asynchronous copy to shared memory takes.
    """
    _device.check("right", right, [torch.int8], 2)
    _device.check("weight", weight, [torch.uint8], 2)
    outputs, inner = weight.shape
    stored = right.new_zeros(len(right), outputs, -(-inner // 16) * 16)[..., :inner]
    stored.copy_(right[:, weight.int()])
    return stored.transpose(1, 2)


def direct(inner: int, shifts: Sequence[int]) -> bool:
    """Whether no partial result of so many products can pass 2**31, whatever the factors."""
    return (inner * sum(1 << shift for shift in shifts)) << 14 < 1 << 31


def direct_from(inner: int, shifts: Sequence[int], device: torch.device) -> int:
    """The smallest BLOCK_M whose products may go straight into the accumulator: small sums, or instructions that wrap."""
    if direct(inner, shifts):
        return 0
    return 64 if _device.hopper(device) else 1 << 30
