# mypy: disable-error-code="no-untyped-def"
"""Convolutions as int8 products of factors, for any geometry."""

import triton
import triton.language as tl

from .. import _tuning
from .common import corner, inside, store, tile, tuned


@tuned(_tuning.LOW_RANK, key=["inner", "group_outputs", "group_channels", "FUSED", "DIRECT_FROM"])
@triton.heuristics(
    {
        "WHOLE": lambda a: a["inner"] == a["group_channels"] or a["group_channels"] % a["BLOCK_K"] == 0,
        "DIRECT": lambda a: a["BLOCK_M"] >= a["DIRECT_FROM"],
    }
)
@triton.jit
def low_rank(
    x_ptr, left_ptr, right_ptr, steps_ptr, constant_ptr, scale_ptr, out_ptr,
    planes, x_plane, right_plane, right_k, right_n,
    bucket, pixels, inner, channels, group_channels, group_outputs, groups, height, width, out_height, out_width, kernel_width,
    stride_y, stride_x, dilation_y, dilation_x, top, left, pad_code,
    area, out_batch, out_pixel, out_output,
    FUSED: tl.constexpr, PRODUCTS: tl.constexpr, DIRECT_FROM: tl.constexpr, WHOLE: tl.constexpr, DIRECT: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out[m, n] = constant[n] + sum_p 2**shift_p * sum_k left_p[x[m, k]] * right_p[k, n], modulo 2**32.

    Horner over planes: acc = (acc + sum of plane p) << (shift_p - shift_(p+1)). Instructions for int8 products may saturate
    (mma.sync, as Triton emits it, does; wgmma wraps), so sums that might pass 2**31 are not left to them: at most PRODUCTS
    products are summed from zero, below 2**31 in any case, and are added to the accumulator by ordinary wrapping additions.
    DIRECT says that no partial result can pass 2**31, or that the instruction wraps, which it does in tiles of DIRECT_FROM
    pixels or more; then the products go straight into the accumulator.
    FUSED says that x holds codes, to be looked up here; otherwise x is what `expand` made of them, a map for each plane, with
    any padding written out, so that a copy to shared memory may fill what it masks with zeros.
    WHOLE says that a block of k lies within one tap, so that rows and columns are found once a block.
    """
    group, pixel, within = tile(pixels, group_outputs, BLOCK_M, BLOCK_N)
    real_pixel, real_output = pixel < pixels, within < group_outputs
    output = group * group_outputs + within
    row, column, origin = corner(pixel, height, width, channels, out_height, out_width, stride_y, stride_x, top, left)
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
                real = inside(row + down, column + across, height, width) & real_pixel[:, None] & (k < inner)[None, :]
                place = origin + ((down * width + across) * channels + channel)
                # A k past the end reads as pad_code, whose factor need not be 0; the weight's factor is 0, and so it adds 0.
                if FUSED:
                    code = tl.load(x_ptr + place, mask=real, other=pad_code).to(tl.int32)
                    factor = tl.load(left_ptr + code)
                else:
                    factor = tl.load(x_ptr + place, mask=real, other=0)
                weight = right_columns + k.to(tl.int64)[:, None] * right_k
                weight = tl.load(weight, mask=(k < inner)[:, None] & real_output[None, :], other=0)
                acc = tl.dot(factor, weight, acc, out_dtype=tl.int32)
            total = acc if DIRECT else total + acc
        total = total << tl.load(steps_ptr + plane)
        left_ptr += 256
        x_ptr += x_plane
        right_columns += right_plane
    store(
        out_ptr, total, constant_ptr, scale_ptr, pixel, output, real_pixel, real_output,
        area, out_batch, out_pixel, out_output,
    )  # fmt: skip
