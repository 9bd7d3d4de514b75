# mypy: disable-error-code="no-untyped-def"
"""The Triton kernels. Imported at first use, since triton decides then whether it compiles or interprets.

All of them number output pixels over batch, rows and columns, and find a pixel's codes in the NHWC map themselves, so that no
im2col matrix is written; a linear layer is a 1 x 1 convolution of M images of one pixel. Offsets into whole tensors are 64-bit.
Codes are unsigned bytes: they are widened before they index anything, since a pointer takes a byte as signed.
"""

import triton
import triton.language as tl

from . import _tuning
from ._device import interpreted


def _tuned(tiles, key):
    """Autotuning over tiles; one small tile in the interpreter."""
    rows = [_tuning.INTERPRETED] if interpreted() else tiles
    configs = [
        triton.Config({"BLOCK_M": m, "BLOCK_N": n, "BLOCK_K": k}, num_warps=warps, num_stages=stages)
        for m, n, k, warps, stages in rows
    ]
    return triton.autotune(configs=configs, key=["bucket", *key])


@triton.jit
def _tile(pixels, outputs, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """This program's group, output pixels and outputs in the group; programs that share pixels run one after the other."""
    program = tl.program_id(0)
    tiles_n = tl.cdiv(outputs, BLOCK_N)
    tiles_m = tl.cdiv(pixels, BLOCK_M)
    pixel = program // tiles_n % tiles_m * BLOCK_M + tl.arange(0, BLOCK_M)
    return program // (tiles_n * tiles_m), pixel, program % tiles_n * BLOCK_N + tl.arange(0, BLOCK_N)


@triton.jit
def _corner(pixel, height, width, channels, out_height, out_width, stride_y, stride_x, top, left):
    """What the first tap of an output pixel reads: its row and column, and the index of its first channel, int64."""
    line = pixel // out_width
    row, column = line % out_height * stride_y - top, pixel % out_width * stride_x - left
    return row, column, (((line // out_height).to(tl.int64) * height + row) * width + column) * channels


@triton.jit
def _inside(row, column, height, width):
    """Whether an input pixel lies in the image and not in its padding."""
    return (row >= 0) & (row < height) & (column >= 0) & (column < width)


@triton.jit
def _store(out_ptr, acc, constant_ptr, pixel, output, real_pixel, real_output, outputs):
    """Write a tile of accumulators, plus each output's constant."""
    if constant_ptr is not None:
        acc += tl.load(constant_ptr + output, mask=real_output, other=0)[None, :]
    place = pixel.to(tl.int64)[:, None] * outputs + output[None, :]
    tl.store(out_ptr + place, acc, mask=real_pixel[:, None] & real_output[None, :])


@triton.jit
def expand(x_ptr, left_ptr, out_ptr, size, planes, BLOCK: tl.constexpr):
    """out[p, i] = left[p, x[i]]: the codes of a map looked up once for all that read them."""
    place = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    code = tl.load(x_ptr + place, mask=place < size, other=0).to(tl.int32)
    for _ in range(planes):
        tl.store(out_ptr + place, tl.load(left_ptr + code), mask=place < size)
        left_ptr += 256
        out_ptr += size


@_tuned(_tuning.LOW_RANK, key=["inner", "group_outputs", "group_channels", "FUSED", "DIRECT"])
@triton.heuristics({"WHOLE": lambda a: a["inner"] == a["group_channels"] or a["group_channels"] % a["BLOCK_K"] == 0})
@triton.jit
def low_rank(
    x_ptr, left_ptr, right_ptr, steps_ptr, constant_ptr, out_ptr,
    planes, x_plane, right_plane, right_k, right_n,
    bucket, pixels, inner, channels, group_channels, group_outputs, groups, height, width, out_height, out_width, kernel_width,
    stride_y, stride_x, dilation_y, dilation_x, top, left, pad_code,
    FUSED: tl.constexpr, DIRECT: tl.constexpr, PRODUCTS: tl.constexpr, WHOLE: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out[m, n] = constant[n] + sum_p 2**shift_p * sum_k left_p[x[m, k]] * right_p[k, n], modulo 2**32.

    Horner over planes: acc = (acc + sum of plane p) << (shift_p - shift_(p+1)). Instructions for int8 products may saturate
    (mma.sync, as Triton emits it, does; wgmma wraps), so sums that might pass 2**31 are not left to them: at most PRODUCTS
    products are summed from zero, below 2**31 in any case, and are added to the accumulator by ordinary wrapping additions.
    DIRECT says that no partial result can pass 2**31, so the products go straight into the accumulator.
    FUSED says that x holds codes, to be looked up here; otherwise x is what `expand` made of them, a map for each plane, with
    any padding written out, so that a copy to shared memory may fill what it masks with zeros.
    WHOLE says that a block of k lies within one tap, so that rows and columns are found once a block.
    """
    group, pixel, within = _tile(pixels, group_outputs, BLOCK_M, BLOCK_N)
    real_pixel, real_output = pixel < pixels, within < group_outputs
    output = group * group_outputs + within
    row, column, origin = _corner(pixel, height, width, channels, out_height, out_width, stride_y, stride_x, top, left)
    row, column, origin = row[:, None], column[:, None], origin[:, None] + group * group_channels
    right_columns = right_ptr + output.to(tl.int64)[None, :] * right_n

    total = tl.zeros((BLOCK_M, BLOCK_N), tl.int32)
    for plane in range(planes):
        for start in range(0, inner, PRODUCTS):
            acc = total if DIRECT else tl.zeros((BLOCK_M, BLOCK_N), tl.int32)
            for first in range(start, min(start + PRODUCTS, inner), BLOCK_K):
                k = first + tl.arange(0, BLOCK_K)
                if WHOLE:  # the hint is what makes loads of 16 codes at a time
                    tap = first // group_channels
                    channel = (tl.multiple_of(first % group_channels, BLOCK_K) + tl.arange(0, BLOCK_K))[None, :]
                else:
                    tap = (k // group_channels)[None, :]
                    channel = (k % group_channels)[None, :]
                down, across = tap // kernel_width * dilation_y, tap % kernel_width * dilation_x
                inside = _inside(row + down, column + across, height, width) & real_pixel[:, None] & (k < inner)[None, :]
                place = origin + ((down * width + across) * channels + channel)
                # A k past the end reads as pad_code, whose factor need not be 0; the weight's factor is 0, and so it adds 0.
                if FUSED:
                    code = tl.load(x_ptr + place, mask=inside, other=pad_code).to(tl.int32)
                    factor = tl.load(left_ptr + code)
                else:
                    factor = tl.load(x_ptr + place, mask=inside, other=0)
                weight = right_columns + k.to(tl.int64)[:, None] * right_k
                weight = tl.load(weight, mask=(k < inner)[:, None] & real_output[None, :], other=0)
                acc = tl.dot(factor, weight, acc, out_dtype=tl.int32)
            total = acc if DIRECT else total + acc
        total = total << tl.load(steps_ptr + plane)
        left_ptr += 256
        x_ptr += x_plane
        right_columns += right_plane
    _store(out_ptr, total, constant_ptr, pixel, output, real_pixel, real_output, group_outputs * groups)


@_tuned(_tuning.TABLE, key=["inner", "group_outputs", "group_channels"])
@triton.jit
def table(
    x_ptr, table_ptr, weight_ptr, constant_ptr, out_ptr, table_width, weight_k, weight_n,
    bucket, pixels, inner, channels, group_channels, group_outputs, groups, height, width, out_height, out_width, kernel_width,
    stride_y, stride_x, dilation_y, dilation_x, top, left, pad_code,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out[m, n] = constant[n] + sum_k table[x[m, k], w[n, k]], modulo 2**32; k runs over real products only."""
    group, pixel, within = _tile(pixels, group_outputs, BLOCK_M, BLOCK_N)
    real_pixel, real_output = pixel < pixels, within < group_outputs
    output = group * group_outputs + within
    row, column, origin = _corner(pixel, height, width, channels, out_height, out_width, stride_y, stride_x, top, left)
    origin += group * group_channels
    weight_row = weight_ptr + output.to(tl.int64) * weight_n

    acc = tl.zeros((BLOCK_M, BLOCK_N), tl.int32)
    for tap in range(inner // group_channels):
        down, across = tap // kernel_width * dilation_y, tap % kernel_width * dilation_x
        inside = _inside(row + down, column + across, height, width) & real_pixel
        codes = x_ptr + origin + (down * width + across) * channels
        for channel in range(group_channels):
            code = tl.load(codes + channel, mask=inside, other=pad_code).to(tl.int32)
            weight = tl.load(weight_row, mask=real_output, other=0).to(tl.int32)
            acc += tl.load(table_ptr + (code * table_width)[:, None] + weight[None, :]).to(tl.int32)
            weight_row += weight_k
    _store(out_ptr, acc, constant_ptr, pixel, output, real_pixel, real_output, group_outputs * groups)


@_tuned(_tuning.DEPTHWISE, key=["inner", "group_outputs", "channels"])
@triton.jit
def depthwise(
    x_ptr, table_ptr, weight_ptr, constant_ptr, out_ptr, table_width, weight_k, weight_n,
    bucket, pixels, inner, channels, group_channels, group_outputs, groups, height, width, out_height, out_width, kernel_width,
    stride_y, stride_x, dilation_y, dilation_x, top, left, pad_code,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out[m, n] = constant[n] + sum_k table[x[m, k, n // group_outputs], w[n, k]], modulo 2**32, k over the taps."""
    outputs = channels * group_outputs
    _, pixel, output = _tile(pixels, outputs, BLOCK_M, BLOCK_N)
    real_pixel, real_output = pixel < pixels, output < outputs
    real = real_pixel[:, None] & real_output[None, :]
    row, column, origin = _corner(pixel, height, width, channels, out_height, out_width, stride_y, stride_x, top, left)
    row, column, origin = row[:, None], column[:, None], origin[:, None] + (output // group_outputs)[None, :]
    weight_row = weight_ptr + output.to(tl.int64) * weight_n

    acc = tl.zeros((BLOCK_M, BLOCK_N), tl.int32)
    for tap in range(inner):
        down, across = tap // kernel_width * dilation_y, tap % kernel_width * dilation_x
        inside = _inside(row + down, column + across, height, width) & real
        place = origin + (down * width + across) * channels
        code = tl.load(x_ptr + place, mask=inside, other=pad_code).to(tl.int32)
        weight = tl.load(weight_row, mask=real_output, other=0).to(tl.int32)
        acc += tl.load(table_ptr + code * table_width + weight[None, :]).to(tl.int32)
        weight_row += weight_k
    _store(out_ptr, acc, constant_ptr, pixel, output, real_pixel, real_output, outputs)
