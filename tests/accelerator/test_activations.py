"""Integer tanh and sigmoid: the table against exact arithmetic, the functions against their definition and their bounds."""

import math
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pytest
import torch
from slow_interpreter import sigmoid as slow_sigmoid
from slow_interpreter import tanh as slow_tanh

from accelerator.activations import TANH, sigmoid, tanh


def test_table_is_tanh_rounded() -> None:
    """By 40-digit arithmetic, so that no library's last bit decides an entry."""
    with localcontext() as context:
        context.prec = 40
        for i in range(1023):
            e = (Decimal(2 * i) / 256).exp()
            exact = (e - 1) / (e + 1) * 2**15
            assert TANH[i] == int(exact.to_integral_value(ROUND_HALF_UP)), i
    assert (len(TANH), TANH[-1]) == (1024, 32767)
    assert (np.diff(TANH.astype(int)) >= 0).all()


@pytest.mark.parametrize("fraction", [0, 3, 7, 8, 9, 11])
def test_functions_equal_their_definition(fraction: int) -> None:
    x = torch.unique(torch.cat([torch.arange(-700, 700), torch.arange(-40000, 40000, 97), torch.tensor([-65536, 65534])]))
    assert tanh(x, fraction).tolist() == [slow_tanh(v, fraction) for v in x.tolist()]
    assert sigmoid(x, fraction).tolist() == [slow_sigmoid(v, fraction) for v in x.tolist()]


def test_functions_are_close_to_the_real_ones() -> None:
    """For every 16-bit argument with 11 bits behind the point."""
    x = torch.arange(-(1 << 15), 1 << 15)
    real = x.double() / 2048
    assert (tanh(x, 11).double() / 2**15 - real.tanh()).abs().max() < 2**-9 + 2**-15
    assert (sigmoid(x, 11).double() / 2**15 - real.sigmoid()).abs().max() < 2**-10 + 2**-14
    assert math.isclose(float(sigmoid(x, 11).max()), 32767)
    assert int(sigmoid(x, 11).min()) == 0
