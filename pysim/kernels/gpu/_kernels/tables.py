# mypy: disable-error-code="no-untyped-def"
"""Table look-ups, one a product, in sums that wrap around or saturate."""

import triton
import triton.language as tl

from .. import _tuning
from .common import corner, inside, store, tile, tuned


@triton.jit
def add(acc, product, least, largest, SATURATED: tl.constexpr):
    """acc + product in acc's type, clamped to least ... largest if SATURATED."""
    acc += product.to(acc.dtype)
    return tl.minimum(tl.maximum(acc, least), largest) if SATURATED else acc


@tuned(_tuning.TABLE, key=["inner", "group_outputs", "group_channels"])
@triton.jit
def table(
    x_ptr, table_ptr, weight_ptr, constant_ptr, scale_ptr, out_ptr, table_width, weight_k, weight_n,
    bucket, pixels, inner, channels, group_channels, group_outputs, groups, height, width, out_height, out_width, kernel_width,
    stride_y, stride_x, dilation_y, dilation_x, top, left, pad_code,
    area, out_batch, out_pixel, out_output, least, largest,
    SATURATED: tl.constexpr, WIDE: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out[m, n] = constant[n] + sum_k table[x[m, k], w[n, k]], modulo 2**32; k runs over real products only.

    SATURATED clamps the sum to least ... largest after each product, with channels in the outer loop; without it the taps are.
    """
    group, pixel, within = tile(pixels, group_outputs, BLOCK_M, BLOCK_N)
    real_pixel, real_output = pixel < pixels, within < group_outputs
    output = group * group_outputs + within
    row, column, origin = corner(pixel, height, width, channels, out_height, out_width, stride_y, stride_x, top, left)
    origin += group * group_channels
    weight_row = weight_ptr + output.to(tl.int64) * weight_n

    acc = tl.zeros((BLOCK_M, BLOCK_N), tl.int64 if WIDE else tl.int32)
    taps = inner // group_channels
    for slow in range(group_channels if SATURATED else taps):
        for fast in range(taps if SATURATED else group_channels):
            tap, channel = (fast, slow) if SATURATED else (slow, fast)
            down, across = tap // kernel_width * dilation_y, tap % kernel_width * dilation_x
            there = inside(row + down, column + across, height, width) & real_pixel
            code = x_ptr + origin + ((down * width + across) * channels + channel)
            code = tl.load(code, mask=there, other=pad_code).to(tl.int32)
            weight = tl.load(weight_row, mask=real_output, other=0).to(tl.int32)
            acc = add(acc, tl.load(table_ptr + (code * table_width)[:, None] + weight[None, :]), least, largest, SATURATED)
            weight_row += weight_k
    store(
        out_ptr, acc.to(tl.int32), constant_ptr, scale_ptr, pixel, output, real_pixel, real_output,
        area, out_batch, out_pixel, out_output,
    )  # fmt: skip


@tuned(_tuning.DEPTHWISE, key=["inner", "group_outputs", "channels"])
@triton.jit
def depthwise(
    x_ptr, table_ptr, weight_ptr, constant_ptr, scale_ptr, out_ptr, table_width, weight_k, weight_n,
    bucket, pixels, inner, channels, group_channels, group_outputs, groups, height, width, out_height, out_width, kernel_width,
    stride_y, stride_x, dilation_y, dilation_x, top, left, pad_code,
    area, out_batch, out_pixel, out_output, least, largest,
    SATURATED: tl.constexpr, WIDE: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out[m, n] = constant[n] + sum_k table[x[m, k, n // group_outputs], w[n, k]], modulo 2**32, k over the taps.

    SATURATED clamps the sum to least ... largest after each product.
    """
    outputs = channels * group_outputs
    _, pixel, output = tile(pixels, outputs, BLOCK_M, BLOCK_N)
    real_pixel, real_output = pixel < pixels, output < outputs
    real = real_pixel[:, None] & real_output[None, :]
    row, column, origin = corner(pixel, height, width, channels, out_height, out_width, stride_y, stride_x, top, left)
    row, column, origin = row[:, None], column[:, None], origin[:, None] + (output // group_outputs)[None, :]
    weight_row = weight_ptr + output.to(tl.int64) * weight_n

    acc = tl.zeros((BLOCK_M, BLOCK_N), tl.int64 if WIDE else tl.int32)
    for tap in range(inner):
        down, across = tap // kernel_width * dilation_y, tap % kernel_width * dilation_x
        there = inside(row + down, column + across, height, width) & real
        code = tl.load(x_ptr + origin + (down * width + across) * channels, mask=there, other=pad_code).to(tl.int32)
        weight = tl.load(weight_row, mask=real_output, other=0).to(tl.int32)
        acc = add(acc, tl.load(table_ptr + code * table_width + weight[None, :]), least, largest, SATURATED)
        weight_row += weight_k
    store(
        out_ptr, acc.to(tl.int32), constant_ptr, scale_ptr, pixel, output, real_pixel, real_output,
        area, out_batch, out_pixel, out_output,
    )  # fmt: skip
