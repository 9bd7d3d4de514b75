"""The vector unit's Verilog in lockstep with its models: cocotb on Verilator, every output in every cycle."""

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

import edge_recordings
import numpy as np
import pytest
import vector_recordings as recordings

from accelerator.vector._rtl import fixed
from accelerator.vector.tanh_rom import PATH, verilog
from cocotb_tests import lockstep


def check(module: str, recording: recordings.Recording, **parameters: int) -> None:
    result = lockstep(fixed(module, parameters, f"lockstep_{module}"), recording.inputs, recording.expected)
    assert result.failures == 0, "\n".join(map(str, result.differences[:10]))
    assert result.cycles == len(recording)


@pytest.mark.parametrize(
    ("lanes", "sources", "x_bits", "code_bits"), [(1, 1, 23, 16), (4, 2, 17, 8), (3, 2, 9, 2), (2, 1, 2, 5)]
)
def test_rescale(lanes: int, sources: int, x_bits: int, code_bits: int):
    recording = recordings.rescale(lanes, sources, x_bits, code_bits, np.random.default_rng(0), 3000)
    check("rescale", recording, LANES=lanes, SOURCES=sources, X_WIDTH=x_bits, CODE_WIDTH=code_bits)


@pytest.mark.parametrize(("lanes", "sources", "x_bits", "code_bits"), [(1, 1, 24, 16), (4, 2, 17, 8), (3, 2, 22, 2)])
def test_rescale_where_it_turns(lanes: int, sources: int, x_bits: int, code_bits: int):
    """Ties of both signs and their neighbours at every shift, not clamped; a shift of 0 rounds nothing."""
    recording = edge_recordings.rescale(lanes, sources, x_bits, code_bits, np.random.default_rng(5), 3000)
    check("rescale", recording, LANES=lanes, SOURCES=sources, X_WIDTH=x_bits, CODE_WIDTH=code_bits)


@pytest.mark.parametrize(("lanes", "x_bits", "sum_bits", "code_bits"), [(1, 17, 24, 16), (4, 9, 24, 8), (3, 5, 10, 4)])
def test_average_pool(lanes: int, x_bits: int, sum_bits: int, code_bits: int):
    recording = recordings.average_pool(lanes, x_bits, code_bits, np.random.default_rng(1), 3000)
    check("average_pool", recording, LANES=lanes, X_WIDTH=x_bits, SUM_WIDTH=sum_bits, CODE_WIDTH=code_bits)


@pytest.mark.parametrize(("lanes", "x_bits"), [(1, 2), (4, 9), (3, 17)])
def test_max_pool(lanes: int, x_bits: int):
    check("max_pool", recordings.max_pool(lanes, x_bits, np.random.default_rng(2), 3000), LANES=lanes, X_WIDTH=x_bits)


@pytest.mark.parametrize("lanes", [1, 3])
def test_recurrent_cell(lanes: int):
    check("recurrent_cell", recordings.recurrent_cell(lanes, np.random.default_rng(3), 3000), LANES=lanes)


def test_recurrent_cell_where_it_turns():
    """Ties of every rounding, and cell states that saturate."""
    check("recurrent_cell", edge_recordings.recurrent_cell(np.random.default_rng(6), 3000), LANES=1)


def test_every_entry_of_the_rom():
    check("recurrent_cell", recordings.every_entry(np.random.default_rng(4), 4000), LANES=1)


def test_the_rom_is_what_its_script_writes():
    assert PATH.read_text() == verilog()


def test_the_rom_is_tanh_rounded():
    """By 40-digit arithmetic, from the Verilog's own text."""
    entries = {int(i): int(entry) for i, entry in re.findall(r"10'd(\d+): entry = 15'd(\d+);", PATH.read_text())}
    assert sorted(entries) == list(range(1024))
    with localcontext() as context:
        context.prec = 40
        for i in range(1023):
            e = (Decimal(2 * i) / 256).exp()
            assert entries[i] == int(((e - 1) / (e + 1) * 2**15).to_integral_value(ROUND_HALF_UP)), i
    assert entries[1023] == 32767
