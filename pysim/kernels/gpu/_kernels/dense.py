# mypy: disable-error-code="no-untyped-def"
"""The product of two matrices of factors, for linear layers and pointwise convolutions, by the copy engine of Hopper cards."""

import triton
import triton.language as tl

from .. import _tuning
from .common import store, tuned


def _blocks(arguments):
    """Descriptors copy blocks, whose sizes are the tile's."""
    m, n, k = (arguments[f"BLOCK_{letter}"] for letter in "MNK")
    arguments["left_desc"].block_shape, arguments["right_desc"].block_shape = [m, k], [n, k]


def _within_runs(configs, arguments, **flags):
    """A block of k that is longer than what runs are filled up to may be used where there is one run."""
    return [config for config in configs if flags["ONE"] or config.kwargs["BLOCK_K"] <= _tuning.RUN]


@tuned(_tuning.DENSE, key=["row", "outputs", "ONE"], pre_hook=_blocks, allowed=_within_runs)
@triton.jit
def dense(
    left_desc, right_desc, ends_ptr, steps_ptr, constant_ptr, scale_ptr, out_ptr,
    bucket, row, runs, pixels, outputs, area, out_batch, out_pixel, out_output,
    ONE: tl.constexpr, GROUP: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out[m, n] = constant[n] + sum over runs i of 2**shift_i * sum_k left[m, k] * right[n, k], modulo 2**32.

    A run is the planes of one shift, one after the other along k, up to ends[i]; ONE says that there is just one run. Horner
    over runs: acc = (acc + sum of run i) << steps[i]. Where a plane or a run is filled up to whole blocks, `right` is 0 and
    `left` anything. The products go straight into the accumulator, so they must wrap around as wgmma's do.
    Programs take GROUP rows of tiles at a time, so that those which run together share what they read in the L2 cache.
    """
    program = tl.program_id(0)
    tiles_m, tiles_n = tl.cdiv(pixels, BLOCK_M), tl.cdiv(outputs, BLOCK_N)
    first = program // (GROUP * tiles_n) * GROUP
    height = min(tiles_m - first, GROUP)
    within = program % (GROUP * tiles_n)
    m, n = (first + within % height) * BLOCK_M, within // height * BLOCK_N

    acc = tl.zeros((BLOCK_M, BLOCK_N), tl.int32)
    if ONE:
        for k in range(0, row, BLOCK_K):
            acc = tl.dot(left_desc.load([m, k]), right_desc.load([n, k]).T, acc, out_dtype=tl.int32)
        acc = acc << tl.load(steps_ptr)
    else:
        start = 0
        for run in range(runs):
            end = tl.load(ends_ptr + run)
            for k in range(start, end, BLOCK_K):
                acc = tl.dot(left_desc.load([m, k]), right_desc.load([n, k]).T, acc, out_dtype=tl.int32)
            acc = acc << tl.load(steps_ptr + run)
            start = end
    pixel, output = m + tl.arange(0, BLOCK_M), n + tl.arange(0, BLOCK_N)
    store(
        out_ptr, acc, constant_ptr, scale_ptr, pixel, output, pixel < pixels, output < outputs,
        area, out_batch, out_pixel, out_output,
    )  # fmt: skip
