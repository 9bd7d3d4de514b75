"""Table look-ups on a GPU, for multipliers of high rank and for depthwise convolutions."""

from __future__ import annotations

import torch
from torch import Tensor

from ..._errors import PysimError
from ..accumulator import Accumulator
from . import _device
from .geometry import Geometry, addresses, grid, placed
from .output import Output, finished

_TABLE_TYPES = (torch.int32, torch.int16, torch.int8)


def linear_table(x: Tensor, table: Tensor, weight: Tensor, constant: Tensor | None = None) -> Tensor:
    """acc[m, n] = constant[n] + sum_k table[x[m, k], weight[n, k]], int32 (M, N), modulo 2**32.

    `x` is uint8 (M, K) and `weight` uint8 (N, K), code indices. `table` is (A, B), int32, or int16 or int8 where its values
    fit, which the cache holds more of. Codes must be below A and B: the kernel does not check them, and reads outside the
    table otherwise. `constant` is int32 (N,). Raises PysimError where types, shapes or devices do not fit, or triton cannot
    run here.
    """
    _device.check("x", x, [torch.uint8], 2)
    return conv_table(x[:, None, None, :], table, weight, constant, Geometry()).flatten(0, 2)


def conv_table(
    x: Tensor,
    table: Tensor,
    weight: Tensor,
    constant: Tensor | None,
    geometry: Geometry,
    saturated: Accumulator | None = None,
    output: Output | None = None,
) -> Tensor:
    """The convolution of a code map x, uint8 (B, H, W, C), with weight codes (N, K): int32 (B, OH, OW, N), modulo 2**32.

    K = kernel rows * kernel columns * (C / groups), in this order. A padded position adds `table[pad_code, w]`. Other
    arguments and errors are those of `linear_table`. Loads are fewest where `weight` has n fastest in memory. `output` says
    where results go and how they are scaled. `saturated` clamps the sum after each product; K is then (C / groups) * kernel
    rows * kernel columns, in this order, and so are the additions.
    """
    return _launch("table", x, table, weight, constant, geometry, saturated, output)


def depthwise_table(
    x: Tensor,
    table: Tensor,
    weight: Tensor,
    constant: Tensor | None,
    geometry: Geometry,
    saturated: Accumulator | None = None,
    output: Output | None = None,
) -> Tensor:
    """A depthwise convolution: `conv_table` where groups are single channels, `geometry.groups == C`; N is a multiple of C.

    `weight` is uint8 (N, kernel rows * kernel columns), and output n reads channel n // (N / C). It gives what `conv_table`
    gives, from tiles that span channels rather than one group at a time.
    """
    if x.dim() == 4 and geometry.groups != x.shape[3]:
        raise PysimError(f"a depthwise convolution of {x.shape[3]} channels has as many groups, not {geometry.groups}")
    return _launch("depthwise", x, table, weight, constant, geometry, saturated, output)


def _launch(
    name: str,
    x: Tensor,
    table: Tensor,
    weight: Tensor,
    constant: Tensor | None,
    geometry: Geometry,
    saturated: Accumulator | None,
    output: Output | None,
) -> Tensor:
    _device.check("x", x, [torch.uint8], 4)
    _device.check("table", table, _TABLE_TYPES, 2)
    _device.check("weight", weight, [torch.uint8], 2)
    outputs, inner = weight.shape
    _device.check_constant(constant, outputs)
    if geometry.pad_code >= len(table):
        raise PysimError(f"pad_code {geometry.pad_code} is outside a table of {len(table)} rows")
    shape, sizes = addresses(x, geometry, outputs)
    if sizes["inner"] != inner:
        raise PysimError(f"weight has {inner} products a sum where x and the geometry have {sizes['inner']}")
    kernel = _device.kernel(name, (x, table, weight, constant))
    output = output or Output.new(shape, x.device)
    if not output.to.numel() or not inner:
        return finished(output, constant)
    arguments = (x.contiguous(), table.contiguous(), weight, constant, output.scale, output.to)
    weight_n, weight_k = weight.stride()
    least, largest = (0, 0) if saturated is None else (saturated.low, saturated.high)
    # 32 bits hold the sum of a clamped sum and a product of 16 bits unless the accumulator has nearly as many.
    wide = saturated is not None and (saturated.bits > 30 or table.dtype == torch.int32)
    flags = {"least": least, "largest": largest, "SATURATED": saturated is not None, "WIDE": wide}
    with _device.current(x):
        run = kernel[grid(sizes, name == "depthwise")]
        run(*arguments, table.shape[1], weight_k, weight_n, **sizes, **placed(output.to), **flags)
    return output.to
