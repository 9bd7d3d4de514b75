"""Products of floats by search, without shifts or rounding bits: the numbers of a format in a list, the nearest of them."""

import math

import numpy as np

from multipliers.floats import FloatFormat, FloatMultiplier


def numbers(format: FloatFormat, subnormals: bool = True) -> list[float]:
    """The number of each code without sign, infinities and NaNs included; those below the normal ones may count as zero."""
    found = []
    for code in range(1 << (format.exponent + format.mantissa)):
        field, mantissa = divmod(code, 1 << format.mantissa)
        if field == 0:
            found.append(mantissa * 2.0 ** (1 - format.bias - format.mantissa) if subnormals else 0.0)
        elif not format.finite and field == (1 << format.exponent) - 1:
            found.append(math.nan if mantissa else math.inf)
        else:
            found.append((1 + mantissa / 2**format.mantissa) * 2.0 ** (field - format.bias))
    if format.finite:
        found[-1] = math.nan
    return found


def judged(multiplier: FloatMultiplier) -> np.ndarray:
    """What `multiplier` is to give for all pairs of codes (2**n, 2**n): the core's table says what significands make."""
    format, hidden = multiplier.format, 1 << multiplier.format.mantissa
    positive = np.array(numbers(format, multiplier.subnormals))
    values = np.concatenate([positive, -positive])
    significand, exponent = np.frexp(np.where(np.isfinite(values), np.abs(values), 0))
    integer = np.where(significand == 0, hidden, significand * 2 * hidden).astype(int)
    made = np.maximum(multiplier.core.table[np.ix_(integer, integer)], 0) / (4.0 * hidden * hidden)
    x, y = values[:, None], values[None, :]
    size = np.where((x == 0) | (y == 0), 0.0, np.ldexp(made, np.add.outer(exponent, exponent)))
    code = _nearest(size, multiplier) if multiplier.nearest else _below(size, multiplier)
    with np.errstate(invalid="ignore"):
        special = x * y  # floats of Python's own kind: which products are infinite, or no numbers
    code = np.where(np.isinf(special), positive.tolist().index(math.inf) if math.inf in positive else 0, code)
    sign = np.signbit(x) ^ np.signbit(y)
    return np.where(np.isnan(special), format.nan, code + sign * len(positive))


def _candidates(multiplier: FloatMultiplier) -> tuple[np.ndarray, np.ndarray]:
    """Numbers in ascending order and their codes; flushed, the two binades below the normal numbers are of code 0."""
    format = multiplier.format
    found = [(value, code) for code, value in enumerate(numbers(format)) if math.isfinite(value)]
    if not multiplier.subnormals:
        normal = [(value, code) for value, code in found if code >> format.mantissa]
        binade = [value for value, code in normal if code >> format.mantissa == 1]
        found = [(0.0, 0), *((value / 4, 0) for value in binade), *((value / 2, 0) for value in binade), *normal]
    value, code = np.array(found).T
    return value, code.astype(int)


def _nearest(size: np.ndarray, multiplier: FloatMultiplier) -> np.ndarray:
    """The nearer neighbour, or that of even code; one number more than there are stands for overflow."""
    value, code = _candidates(multiplier)
    beyond = 2 * value[-1] - value[-2]
    over = code[-1] if multiplier.format.finite else code[-1] + 1
    value, code = np.append(value, beyond), np.append(code, over)
    above = np.minimum(np.searchsorted(value, size), len(value) - 1)
    below = np.maximum(above - 1, 0)
    up, down = value[above] - size, size - value[below]
    return np.where((up < down) | ((up == down) & (code[above] % 2 == 0)), code[above], code[below])


def _below(size: np.ndarray, multiplier: FloatMultiplier) -> np.ndarray:
    value, code = _candidates(multiplier)
    return code[np.searchsorted(value, size, side="right") - 1]
