# mypy: disable-error-code="no-untyped-def"
"""What the kernels share: tuning, the tile of a program, addresses in a map, and writing results."""

import triton
import triton.language as tl

from .. import _tuning
from .._device import interpreted


def tuned(tiles, key, pre_hook=None, allowed=None):
    """Autotuning over tiles; one small tile in the interpreter.

    `pre_hook` sees the arguments before each launch; `allowed` drops tiles that arguments rule out, see triton's pruning.
    """
    rows = [_tuning.INTERPRETED] if interpreted() else tiles
    configs = [
        triton.Config({"BLOCK_M": m, "BLOCK_N": n, "BLOCK_K": k}, num_warps=warps, num_stages=stages, pre_hook=pre_hook)
        for m, n, k, warps, stages in rows
    ]
    prune = None if allowed is None else {"early_config_prune": allowed}
    return triton.autotune(configs=configs, key=["bucket", *key], prune_configs_by=prune, do_bench=_seconds)


def _seconds(call, quantiles):
    """Times of one tile, in milliseconds; shorter than triton's own, since a network has many shapes."""
    return triton.testing.do_bench(call, warmup=_tuning.WARM_UP, rep=_tuning.REPEAT, quantiles=quantiles)


@triton.jit
def tile(pixels, outputs, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """This program's group, output pixels and outputs in the group; programs that share pixels run one after the other."""
    program = tl.program_id(0)
    tiles_n = tl.cdiv(outputs, BLOCK_N)
    tiles_m = tl.cdiv(pixels, BLOCK_M)
    pixel = program // tiles_n % tiles_m * BLOCK_M + tl.arange(0, BLOCK_M)
    return program // (tiles_n * tiles_m), pixel, program % tiles_n * BLOCK_N + tl.arange(0, BLOCK_N)


@triton.jit
def corner(pixel, height, width, channels, out_height, out_width, stride_y, stride_x, top, left):
    """What the first tap of an output pixel reads: its row and column, and the index of its first channel, int64."""
    line = pixel // out_width
    row, column = line % out_height * stride_y - top, pixel % out_width * stride_x - left
    return row, column, (((line // out_height).to(tl.int64) * height + row) * width + column) * channels


@triton.jit
def inside(row, column, height, width):
    """Whether an input pixel lies in the image and not in its padding."""
    return (row >= 0) & (row < height) & (column >= 0) & (column < width)


@triton.jit
def store(
    out_ptr, acc, constant_ptr, scale_ptr, pixel, output, real_pixel, real_output, area, out_batch, out_pixel, out_output
):  # fmt: skip
    """Write a tile of int32 sums plus each output's constant, or that as float32 times each output's scale.

    An image has `area` pixels; images, pixels and outputs lie `out_batch`, `out_pixel` and `out_output` apart.
    """
    if constant_ptr is not None:
        acc += tl.load(constant_ptr + output, mask=real_output, other=0)[None, :]
    image = (pixel // area).to(tl.int64) * out_batch + (pixel % area).to(tl.int64) * out_pixel
    place = out_ptr + image[:, None] + output.to(tl.int64)[None, :] * out_output
    real = real_pixel[:, None] & real_output[None, :]
    if scale_ptr is not None:
        tl.store(place, acc.to(tl.float32) * tl.load(scale_ptr + output, mask=real_output, other=0)[None, :], mask=real)
    else:
        tl.store(place, acc, mask=real)
