"""Linear layers equal the nested loop and torch's integers; the table backend's tiles and chunks change nothing."""

import numpy as np
import pytest
import torch
from odd_multipliers import ODD_S, ODD_US
from oracle import linear_oracle, record, seeded, weight_codes
from torch import nn

from multipliers import Multiplier, defaults
from pysim import Quantization, approximate_
from pysim.kernels import linear_reference
from pysim.kernels import table as table_backend
from pysim.kernels.table import TableSums


@pytest.mark.parametrize("multiplier", [ODD_US, ODD_S, *defaults()], ids=lambda multiplier: multiplier.label)
@pytest.mark.parametrize("bias", [True, False])
def test_equals_loop(multiplier: Multiplier, bias: bool) -> None:
    seeded()
    layer = nn.Linear(5, 4, bias=bias)
    x = torch.randn(3, 2, 5) - 0.4
    approximate_(layer, multiplier, quantization=Quantization(activation="affine"), calibration=[x])
    calls = record(layer)
    y = layer(x)
    product = calls[0]["product"]
    expected = linear_oracle(product, calls[0]["rows"].numpy(), layer.weight, layer.bias)
    assert np.array_equal(calls[0]["acc_rows"].numpy(), expected)
    assert y.shape == (3, 2, 4)


def test_exact_equals_torch_int_mm() -> None:
    seeded()
    layer = nn.Linear(64, 32, bias=False)
    x = torch.randn(48, 64)
    approximate_(layer, "exact8s", calibration=[x])
    calls = record(layer)
    layer(x)
    product = calls[0]["product"]
    weight = torch.from_numpy(weight_codes(product, layer.weight)[0]).to(torch.int8)
    assert torch.equal(calls[0]["acc_rows"], torch._int_mm(calls[0]["rows"].to(torch.int8), weight.T))


@pytest.mark.parametrize("groups", [1, 3])
def test_tiles_and_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch, groups: int) -> None:
    seeded()
    table = torch.randint(-70000, 70000, (16, 8), dtype=torch.int32)
    weight, x = torch.randint(0, 8, (groups, 5, 11)), torch.randint(0, 16, (7, groups, 11), dtype=torch.int32)
    expected = TableSums(table, weight)(x)
    for g in range(groups):
        loop = linear_reference(lambda a, b: int(table[a, b]), x[:, g].numpy(), weight[g].numpy())
        assert np.array_equal(expected[:, g].numpy(), loop)
    monkeypatch.setattr(table_backend, "TILE", 1)
    assert torch.equal(TableSums(table, weight)(x), expected)
    monkeypatch.setattr(table_backend, "COLUMN_BYTES", 4 * groups * 11 * 16 * 2)
    sliced = TableSums(table, weight)
    assert sliced.columns is None
    assert torch.equal(sliced(x), expected)
    sliced.chunk = 2
    assert torch.equal(sliced(x), expected)


def test_accumulators_wrap_at_32_bits() -> None:
    """Sums of a table of large values come back as a two's complement accumulator would hold it."""
    value = 2**30 - 1
    table = torch.full((2, 2), value, dtype=torch.int32)
    for inner, expected in ((1, value), (2, 2**31 - 2), (3, -(2**30) - 3), (4, -4)):
        x, weight = torch.zeros(1, 1, inner, dtype=torch.int32), torch.zeros(1, 1, inner, dtype=torch.int64)
        assert int(TableSums(table, weight)(x)) == expected
        assert linear_reference(lambda a, b: value, x[0].numpy(), weight[0].numpy()).item() == expected


def test_sums_beyond_float32_integers_are_exact() -> None:
    """601 products of 255 * 127 pass 2**24 and are odd, which float32 sums cannot hold."""
    layer = nn.Linear(601, 1, bias=False)
    nn.init.ones_(layer.weight)
    x = torch.ones(1, 601)
    approximate_(layer, "exact8", calibration=[x])
    calls = record(layer)
    layer(x)
    assert int(calls[0]["acc"]) == 601 * 255 * 127 > 2**24


def test_no_inputs_and_no_features() -> None:
    layer = nn.Linear(3, 2)
    approximate_(layer, "drum8_k4", calibration=[torch.ones(1, 3)])
    assert layer(torch.empty(0, 3)).shape == (0, 2)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_keeps_the_dtype(dtype: torch.dtype) -> None:
    layer = nn.Linear(3, 2).to(dtype)
    x = torch.ones(1, 3, dtype=dtype)
    approximate_(layer, "exact8", calibration=[x])
    assert layer(x).dtype == dtype
