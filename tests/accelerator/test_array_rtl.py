"""The array's Verilog in lockstep with its models: cocotb on Verilator, every output in every cycle."""

import edge_recordings
import numpy as np
import pytest
import recordings
import tie_recordings
from sweep import sizes

from accelerator.array import ArrayConfig, UnitConfig, unit_rtl
from accelerator.array._rtl import array_rtl, fixed
from cocotb_tests import lockstep
from multipliers import Rtl
from pysim import Accumulator

SIZES = [(1, 1), (1, 5), (4, 4), (7, 3), (16, 16)]
ANY = ArrayConfig(1, 1, "exact8us")


def check(rtl: Rtl, recording: recordings.Recording) -> None:
    result = lockstep(rtl, recording.inputs, recording.expected)
    assert result.failures == 0, "\n".join(map(str, result.differences[:10]))
    assert result.cycles == len(recording)


def module(name: str, config: ArrayConfig = ANY, **parameters: int) -> Rtl:
    return fixed(config, name, parameters, f"lockstep_{name}")


@pytest.mark.parametrize(
    ("label", "accumulator"),
    [("drum8us_k4", Accumulator(17, "saturate")), ("compressor_tree8_c1", Accumulator()), ("exact4s", Accumulator(8))],
    ids=str,
)
def test_mac_pe(label: str, accumulator: Accumulator):
    config = ArrayConfig(1, 1, label, accumulator)
    rtl = module("mac_pe", config, **config.element_parameters)
    check(rtl, recordings.element(config, np.random.default_rng(0), 3000))


@pytest.mark.parametrize(("lanes", "width", "reverse"), [(1, 8, False), (5, 3, False), (5, 3, True), (16, 10, True)])
def test_skew(lanes: int, width: int, reverse: bool):
    rtl = module("skew", LANES=lanes, WIDTH=width, REVERSE=int(reverse))
    check(rtl, recordings.skew(lanes, width, reverse, np.random.default_rng(1), 1000))


@pytest.mark.parametrize(("rows", "cols"), sizes(SIZES[:-1]))
def test_systolic_array(rows: int, cols: int):
    config = ArrayConfig(rows, cols, "drum8us_k4", Accumulator(18, "saturate"))
    rtl = module("systolic_array", config, ROWS=rows, COLS=cols, **config.element_parameters)
    check(rtl, recordings.elements(config, np.random.default_rng(2), 2000))


@pytest.mark.parametrize(("width", "depth"), [(32, 1), (12, 5), (8, 64), (4, 40000), (4, 65536)])
def test_accumulator_bank(width: int, depth: int):
    bits = max(1, (depth - 1).bit_length())
    rtl = module("accumulator_bank", WIDTH=width, DEPTH=depth, ADDRESS=bits)
    check(rtl, recordings.bank(width, depth, np.random.default_rng(3), 3000))


@pytest.mark.parametrize("single_rounding", [False, True])
@pytest.mark.parametrize("code_bits", [8, 16])
def test_requantize(code_bits: int, single_rounding: bool):
    rtl = module("requantize", CODE_WIDTH=code_bits, SINGLE_ROUNDING=int(single_rounding))
    check(rtl, recordings.requantizer(code_bits, single_rounding, np.random.default_rng(4), 4000))


@pytest.mark.parametrize(("rows", "cols"), sizes(SIZES))
def test_matrix_unit(rows: int, cols: int):
    config = ArrayConfig(rows, cols, "drum8us_k4", Accumulator(18, "saturate"), depth=9)
    episodes = 6 if rows > 8 else 20
    check(array_rtl(config), recordings.unit(config, np.random.default_rng(5), episodes, 5))


def test_requantize_at_ties():
    """Where the lowest bits of a product of 64 decide."""
    rtl = module("requantize", CODE_WIDTH=16, SINGLE_ROUNDING=0)
    check(rtl, tie_recordings.requantizer(16, np.random.default_rng(0), 4000))


@pytest.mark.parametrize("single_rounding", [False, True])
@pytest.mark.parametrize("code_bits", [2, 16])
def test_requantize_where_it_turns(code_bits: int, single_rounding: bool):
    """Ties of both signs at every shift, 31 among them, the ends of 32 bits, and the ends of the clamp."""
    rtl = module("requantize", CODE_WIDTH=code_bits, SINGLE_ROUNDING=int(single_rounding))
    check(rtl, edge_recordings.requantizer(code_bits, single_rounding))


@pytest.mark.parametrize(("width", "depth"), [(69, 5), (3, 1), (8, 64), (5, 4096)])
def test_settings_memory(width: int, depth: int):
    bits = max(1, (depth - 1).bit_length())
    rtl = module("settings_memory", WIDTH=width, DEPTH=depth, ADDRESS=bits)
    check(rtl, recordings.settings_memory(width, depth, np.random.default_rng(6), 2000))


@pytest.mark.parametrize(
    ("rows", "cols", "accumulator", "code_bits", "blocks", "single_rounding"),
    [
        (1, 1, Accumulator(), 8, 1, True),
        (1, 5, Accumulator(18, "saturate"), 16, 3, False),
        (4, 4, Accumulator(), 16, 16, False),
        (7, 3, Accumulator(20), 2, 9, False),
        (1, 17, Accumulator(12), 4, 2, True),
    ],
    ids=str,
)
def test_product_unit(rows: int, cols: int, accumulator: Accumulator, code_bits: int, blocks: int, single_rounding: bool):
    config = UnitConfig(ArrayConfig(rows, cols, "drum8us_k4", accumulator, depth=9), code_bits, blocks, single_rounding)
    check(unit_rtl(config), recordings.product_unit(config, np.random.default_rng(7), 20, 5))


@pytest.mark.parametrize(("rows", "cols"), sizes([])[1:])
def test_product_unit_of_any_size(rows: int, cols: int):
    config = UnitConfig(ArrayConfig(rows, cols, "drum8us_k4", Accumulator(18, "saturate"), depth=9), 8, 5)
    check(unit_rtl(config), recordings.product_unit(config, np.random.default_rng(8), 6 if rows > 8 else 20, 5))
