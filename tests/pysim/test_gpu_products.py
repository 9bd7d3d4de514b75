"""The GPU's products: gpu_product_checks.py in a process of its own, which kernel is chosen, and what is done without any."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from test_cpu_kernels import random_plan, small_table
from test_gpu_kernels import needs_triton, run_checks

from pysim.kernels import Accumulator, Plan, Window, prepare
from pysim.kernels.gpu import _device, choice
from pysim.kernels.gpu.dense import Layout

CHECKS = Path(__file__).with_name("gpu_product_checks.py")
GPU = torch.device("cuda", 0)


@needs_triton
@pytest.mark.skipif(os.environ.get("TRITON_INTERPRET") == "1", reason="triton interprets in this process")
def test_products_equal_plain_loops_in_the_interpreter() -> None:
    run_checks("1", CHECKS)


@needs_triton
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_products_equal_plain_loops_on_a_gpu() -> None:
    run_checks("0", CHECKS)


@pytest.fixture
def not_asked_yet() -> Iterator[None]:
    choice.usable.cache_clear()
    yield
    choice.usable.cache_clear()


def test_without_triton_one_warning(not_asked_yet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_device, "find_spec", lambda name: None)
    with pytest.warns(RuntimeWarning, match="no GPU kernels on cuda:0, simulation is slower: triton is not installed"):
        assert not choice.usable(GPU)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not choice.usable(GPU)


@needs_triton
def test_a_card_that_is_too_old_is_one_warning(not_asked_yet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    with pytest.warns(RuntimeWarning, match="it is older than compute capability 8.0"):
        assert not choice.usable(GPU)


@needs_triton
@pytest.mark.parametrize(("capability", "is_hopper"), [((8, 0), False), ((9, 0), True), ((10, 0), False)])
def test_cards(capability: tuple[int, int], is_hopper: bool, not_asked_yet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert choice.usable(GPU)
    assert _device.hopper(GPU) is is_hopper
    assert not _device.hopper(torch.device("cpu"))


def test_operands_of_more_than_8_bits_are_left_to_torch() -> None:
    wide, weight = random_plan(1, codes=300), torch.zeros(2, 3, 1, 1, dtype=torch.long)
    for accumulator in (None, Accumulator(8, "saturate")):
        assert choice.choose(wide, weight, Window(), accumulator) is None


@pytest.mark.parametrize(
    ("plan", "inner", "outputs", "depthwise", "table"),
    [
        (random_plan(24), 512, 512, False, False),
        (random_plan(1), 36, 4, False, False),
        (random_plan(24), 9, 1, False, True),
        (random_plan(1), 9, 1, True, True),
        (random_plan(0), 512, 512, False, False),
        (small_table(), 512, 512, False, True),
    ],
)
def test_the_cheaper_kernel_is_chosen(plan: Plan, inner: int, outputs: int, depthwise: bool, table: bool) -> None:
    assert choice.prefers_table(plan, inner, outputs, depthwise) is table


def test_the_choice_can_be_overridden(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not choice.prefers_table(random_plan(3), 512, 512, False)
    monkeypatch.setattr(choice, "LOOKUP", 2.0)
    assert choice.prefers_table(random_plan(3), 512, 512, False)


def test_planes_of_one_shift_lie_side_by_side() -> None:
    layout = Layout.of((9, 4, 4), 37)
    assert layout == Layout(offsets=(0, 128, 176), ends=(128, 256), shifts=(9, 4))
    assert Layout.of((3,) * 3, 64) == Layout((0, 64, 128), (256,), (3,))


def test_the_cpu_is_not_asked_for_a_gpu() -> None:
    assert type(prepare(random_plan(1), torch.zeros(2, 3, 1, 1), Window())).__module__ != "pysim.kernels.gpu.products"
