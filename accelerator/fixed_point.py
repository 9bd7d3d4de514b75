"""Fixed point as the hardware computes it: a requantiser for accumulators, a rescaler for everything else, one rounding rule.

**Requantiser**, of int32 accumulators, after gemmlowp (Jacob et al. 2018, `doc/quantization.md`): a real factor below 1 is
`multiplier * 2**-31 * 2**-shift`, multiplier int32, shift 0 ... 31, each output channel with its own:

    high = (acc * multiplier + 2**30) >> 31            saturating rounding doubling high multiply, `SRDHM`
    code = clamp(zero_point + round_shift(high, shift), low, high)

gemmlowp writes SRDHM with a nudge that depends on the sign and a division that truncates; the line above is the same integer
for all operands but -2**31 * -2**31, which gives 2**31 - 1. A multiplier may be negative: batch norm has such channels.

**Rescaler**, of codes and sums of codes, in one rounding: multipliers are unsigned 24-bit integers, the shift is 0 ... 47:

    code = clamp(zero_point + round_shift(sum_i multiplier_i * (x_i - zero_point_i), shift), low, high)

**Rounding.** `round_shift(x, s)` is x / 2**s rounded to nearest, halves away from zero, as in gemmlowp.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1

DEEPEST_SHIFT = 31
"""Largest right shift of the requantiser."""

RESCALE_BITS = 24
"""Bits of the rescaler's unsigned multipliers."""

DEEPEST_RESCALE = 47
"""Largest right shift of the rescaler."""


_BLOCK = 1 << 15
"""Elements that are computed at a time: 64-bit intermediates stay in the cache, and torch starts no threads for so few."""


def round_shift(x: Tensor, shift: int | Tensor) -> Tensor:
    """x / 2**shift, halves away from zero: int64 of int64 below 2**62 in magnitude and shift 0 ... 62."""
    shift = torch.as_tensor(shift, dtype=torch.int64, device=x.device)
    half = (torch.ones_like(shift) << shift) >> 1
    # Half away from zero is half up of what is one less below zero; a shift by nothing rounds nothing.
    less = (x >> 63) & -(shift > 0).long()
    return less.add_(x).add_(half).bitwise_right_shift_(shift)


def doubling_high(acc: Tensor, multiplier: Tensor) -> Tensor:
    """SRDHM of int32 values, given and returned as int64."""
    return (acc * multiplier).add_(1 << 30).bitwise_right_shift_(31).clamp_(max=INT32_MAX)


def requantize(acc: Tensor, multiplier: Tensor, shift: Tensor, zero_point: int, low: int, high: int, axis: int = -1) -> Tensor:
    """Codes in low ... high, int32, of int32 accumulators; multiplier and shift (N,) are those along `axis`, of size N."""
    multiplier, shift, moved = multiplier.long(), shift.long(), acc.movedim(axis, -1)
    last = moved.is_contiguous() or axis == -1
    if last:
        table, multiplier, shift = moved.reshape(-1, len(multiplier)), multiplier[None], shift[None]
    else:
        before = math.prod(acc.shape[:axis])
        table = acc.reshape(before * len(multiplier), -1)
        multiplier, shift = multiplier.repeat(before)[:, None], shift.repeat(before)[:, None]
    codes = torch.empty(table.shape, dtype=torch.int32)
    for rows in _blocks(table):
        each = slice(None) if last else rows
        scaled = round_shift(doubling_high(table[rows].long(), multiplier[each]), shift[each])
        codes[rows] = scaled.add_(zero_point).clamp_(low, high)
    return codes.view(moved.shape).movedim(-1, axis) if last else codes.view(acc.shape)


def rescale(terms: Sequence[tuple[Tensor, int, int]], shift: int, zero_point: int, low: int, high: int) -> Tensor:
    """Codes in low ... high, int32, of terms (x, its zero point, its multiplier) of one shape."""
    shape = terms[0][0].shape
    flat = [(x.reshape(-1), zero, multiplier) for x, zero, multiplier in terms]
    codes = torch.empty(shape.numel(), dtype=torch.int32)
    for part in _blocks(codes):
        total = torch.zeros_like(codes[part], dtype=torch.int64)
        for x, zero, multiplier in flat:
            total += (x[part].long() - zero).mul_(multiplier)
        codes[part] = round_shift(total, shift).add_(zero_point).clamp_(low, high)
    return codes.view(shape)


def _blocks(table: Tensor) -> Iterator[slice]:
    """Its first axis in slices of about `_BLOCK` elements."""
    step = max(1, _BLOCK // max(1, table[:1].numel()))
    return (slice(start, start + step) for start in range(0, len(table), step))


def requantization(factors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Multipliers and shifts, int32 (N,), of real factors (N,) of magnitude below 1; raises ValueError for others.

    Multipliers have 31 significant bits; factors below 2**-32 keep fewer, since the shift ends at 31.

    >>> requantization(np.array([0.25, -0.75]))
    (array([ 1073741824, -1610612736], dtype=int32), array([1, 0], dtype=int32))
    """
    pairs = [_requantization(float(factor)) for factor in factors]
    multipliers, shifts = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(multipliers, np.int32), np.array(shifts, np.int32)


def _requantization(factor: float) -> tuple[int, int]:
    if not abs(factor) < 1:
        raise ValueError(f"a requantisation factor of {factor:g} is not allowed; its magnitude must be below 1")
    shift = min(max(0, -math.frexp(factor)[1]), DEEPEST_SHIFT)
    multiplier = round(math.ldexp(factor, 31 + shift))
    if abs(multiplier) == 1 << 31:  # rounded up to the next power of two
        multiplier, shift = (multiplier // 2, shift - 1) if shift else (int(math.copysign(INT32_MAX, factor)), 0)
    return multiplier, shift


def rescaling(factors: Sequence[float]) -> tuple[tuple[int, ...], int]:
    """Multipliers and their common shift of positive real factors; raises ValueError for others.

    Multipliers are rounded up, so that a sum divided by a count has its halves rounded away from zero (see `AveragePool`).
    The largest has 24 bits.

    >>> rescaling([1.0])
    ((8388608,), 23)
    """
    largest = max(factors)
    if not (min(factors) > 0 and largest < 1 << RESCALE_BITS - 1):
        raise ValueError(f"rescaling factors {', '.join(f'{f:g}' for f in factors)} are not allowed; use 0 < factor < 2**23")
    shift = RESCALE_BITS - math.frexp(largest)[1]
    if math.ceil(math.ldexp(largest, shift)) == 1 << RESCALE_BITS:
        shift -= 1
    shift = min(shift, DEEPEST_RESCALE)
    return tuple(math.ceil(math.ldexp(factor, shift)) for factor in factors), shift
