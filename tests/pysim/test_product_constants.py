"""What a product keeps between calls is never used for another call: constants, shapes, layouts, paddings, copies."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from lookups import sums, table_of_rank, wrapped
from torch import Tensor

from pysim.kernels import Window, compile_plan
from pysim.kernels.cpu.products import DepthwiseProduct, LowRankProduct, TableProduct

TABLE = table_of_rank(2, (256, 255), 9, 0)
PLAN = compile_plan(TABLE, 0, -127, cache=False)
WINDOW = Window((3, 3), padding=(1, 1), end=(1, 1))


def operands(groups: int) -> tuple[Tensor, Tensor, Window]:
    rng = np.random.default_rng(groups)
    x = torch.from_numpy(rng.integers(0, 256, (2, 4, 6, 4), np.uint8))
    weight = torch.from_numpy(rng.integers(0, 255, (4, 4 // groups, 3, 3)))
    return x, weight, Window((3, 3), padding=(1, 1), end=(1, 1), groups=groups)


@pytest.mark.parametrize(("make", "groups"), [(LowRankProduct, 1), (TableProduct, 1), (DepthwiseProduct, 4)])
def test_each_call_is_its_own(make: Any, groups: int) -> None:
    x, weight, window = operands(groups)
    product = make(PLAN, weight, window)
    constant = torch.arange(4, dtype=torch.int32)

    def check(x: Tensor, constant: Tensor, pad_code: int = 0, by: Any = product) -> None:
        expected = wrapped(sums(TABLE, x, weight, window, pad_code) + constant.numpy()[:, None, None])
        assert torch.equal(by(x, constant, None, pad_code), expected)

    check(x, constant)
    check(x, constant + 100)  # another tensor
    check(x, constant)
    constant.add_(7)  # the same one, with other values
    check(x, constant)
    with torch.inference_mode():
        unversioned = constant.clone()
        for _ in range(2):
            unversioned.add_(50)  # nothing tells that it changed
            check(x, unversioned)
    for pad_code in (0, 9, 255):
        check(x, constant, pad_code)
    for layout in (x.contiguous(memory_format=torch.channels_last), x.mT.contiguous().mT, x[:, :, :5], x[:1], x.flip(0)):
        check(layout, constant)
    for copied in (copy.deepcopy(product), pickle.loads(pickle.dumps(product))):
        check(x, constant, by=copied)
        assert not copied._shapes or copied._shapes is not product._shapes


def test_a_copy_outlives_what_it_was_copied_from() -> None:
    """The C structures that a product keeps point into its own tensors, so a copy makes its own."""
    x, weight, window = operands(1)
    product = LowRankProduct(PLAN, weight, window)
    constant = torch.zeros(4, dtype=torch.int32)
    product(x, constant, None)
    copied = copy.deepcopy(product)
    assert copied._packed.data_ptr() != product._packed.data_ptr()
    for part in (product._packed, product._left):
        part.zero_()
    assert torch.equal(copied(x, constant, None), wrapped(sums(TABLE, x, weight, window, 0)))
