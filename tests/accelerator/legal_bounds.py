"""The largest and smallest legal values that the Verilog states, and the test or the proof that runs there."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

RTL = Path(str(files("rtl")))
FOLDERS = ("array", "float", "top", "vector")

_CHECKED = re.compile(r"illegal_(\w+?)_must_be_(\d+)_to_(\d+) u_bad")
_PORT = re.compile(r"^\s*input\s+wire\s+(?:\[[^]]*\])?\s*(\w+),?\s*//[^\n]*?\b(\d+) to (\d+)\b", re.MULTILINE)


def legal_bounds() -> dict[tuple[str, str], tuple[int, int]]:
    """Both ends by module and name: of parameters, beyond which elaboration is refused, and of inputs, by their comment."""
    found = {}
    for path in sorted(path for folder in FOLDERS for path in (RTL / folder).glob("*.v")):
        for pattern in (_CHECKED, _PORT):
            for name, low, high in pattern.findall(path.read_text()):
                found[path.stem, name] = int(low), int(high)
    return found


_ARRAY = "tests/accelerator/test_array_rtl.py"
_BOUNDS = "tests/accelerator/test_top_at_its_bounds.py"
_CELLS = "tests/accelerator/test_compiled_vector.py"
_FLOAT = "tests/cocotb_tests/test_float_rtl.py"
_OS = "tests/accelerator/test_output_stationary.py"
_TOP = "tests/accelerator/test_accelerator_top.py"
_VECTOR = "tests/accelerator/test_vector_rtl.py"
_WIDE = "tests/accelerator/test_wide_arrays.py"
_ADDED = "accumulate: assert (sum_o == expected[ACC_WIDTH-1:0]);"

REACHED = {
    ("accumulate", "ACC_WIDTH", 8): _ADDED,
    ("accumulate", "ACC_WIDTH", 32): _ADDED,
    ("accumulate", "P_WIDTH", 4): _ADDED,
    ("accumulate", "P_WIDTH", 40): _ADDED,
    ("accumulator_bank", "DEPTH", 1): f"{_ARRAY}::test_accumulator_bank[32-1]",
    ("accumulator_bank", "DEPTH", 65536): f"{_ARRAY}::test_accumulator_bank[4-65536]",
    ("os_array", "ROWS", 1): f"{_OS}::test_os_unit[1-1]",
    ("os_array", "ROWS", 256): f"{_WIDE}::test_the_most_rows[output_stationary]",
    ("os_array", "COLS", 1): f"{_OS}::test_os_unit[1-1]",
    ("os_array", "COLS", 256): f"{_WIDE}::test_the_most_columns[output_stationary]",
    ("product_unit", "BLOCKS", 1): f"{_ARRAY}::test_product_unit[1-1-Accumulator(bits=32, overflow='wrap')-8-1-True]",
    ("product_unit", "BLOCKS", 4096): f"{_BOUNDS}::test_the_largest_counts[1-4096-3-True]",
    ("requantize", "CODE_WIDTH", 2): f"{_ARRAY}::test_requantize_where_it_turns[2-False]",
    ("requantize", "CODE_WIDTH", 16): f"{_ARRAY}::test_requantize_where_it_turns[16-False]",
    ("requantize", "shift_i", 0): f"{_ARRAY}::test_requantize_where_it_turns[16-True]",
    ("requantize", "shift_i", 31): f"{_ARRAY}::test_requantize_where_it_turns[16-True]",
    ("settings_memory", "DEPTH", 1): f"{_ARRAY}::test_settings_memory[3-1]",
    ("settings_memory", "DEPTH", 4096): f"{_ARRAY}::test_settings_memory[5-4096]",
    ("systolic_array", "ROWS", 1): f"{_ARRAY}::test_matrix_unit[1-1]",
    ("systolic_array", "ROWS", 256): f"{_WIDE}::test_the_most_rows[weight_stationary]",
    ("systolic_array", "COLS", 1): f"{_ARRAY}::test_matrix_unit[1-1]",
    ("systolic_array", "COLS", 256): f"{_WIDE}::test_the_most_columns[weight_stationary]",
    ("float_multiplier", "EXPONENT", 2): f"{_FLOAT}::test_rtl_equals_model[e2m1_exact2]",
    ("float_multiplier", "EXPONENT", 8): f"{_FLOAT}::test_rtl_equals_model[e8m15_exact16]",
    ("float_multiplier", "MANTISSA", 1): f"{_FLOAT}::test_rtl_equals_model[e2m1_exact2]",
    ("float_multiplier", "MANTISSA", 15): f"{_FLOAT}::test_rtl_equals_model[e8m15_exact16]",
    ("accelerator_top", "FIFOS", 1): f"{_TOP}::test_sizes[1x1]",
    ("accelerator_top", "FIFOS", 65536): f"{_BOUNDS}::test_the_largest_counts[1-1-65536-True]",
    ("credit_fifo", "DEPTH", 1): "credit_fifo: assert (room_o == (inside + reserved_q < DEPTH));",
    ("credit_fifo", "DEPTH", 65536): f"{_BOUNDS}::test_the_largest_counts[1-1-65536-True]",
    ("average_pool", "shift_i", 0): f"{_VECTOR}::test_average_pool[1-17-24-16]",
    ("average_pool", "shift_i", 47): f"{_VECTOR}::test_average_pool[1-17-24-16]",
    ("recurrent_cell", "fraction_i", 0): f"{_CELLS}::test_cells[LSTM-4-0]",
    ("recurrent_cell", "fraction_i", 11): f"{_CELLS}::test_cells[LSTM-4-11]",
    ("recurrent_lane", "fraction_i", 0): f"{_CELLS}::test_cells[GRU-3-0]",
    ("recurrent_lane", "fraction_i", 11): f"{_CELLS}::test_cells[GRU-3-11]",
    ("rescale", "shift_i", 0): f"{_VECTOR}::test_rescale_where_it_turns[1-1-24-16]",
    ("rescale", "shift_i", 47): f"{_VECTOR}::test_rescale_where_it_turns[1-1-24-16]",
    ("rescale_lane", "SOURCES", 1): f"{_VECTOR}::test_rescale_where_it_turns[1-1-24-16]",
    ("rescale_lane", "SOURCES", 2): f"{_VECTOR}::test_rescale_where_it_turns[4-2-17-8]",
    ("rescale_lane", "X_WIDTH", 2): f"{_VECTOR}::test_rescale[2-1-2-5]",
    ("rescale_lane", "X_WIDTH", 24): f"{_VECTOR}::test_rescale_where_it_turns[1-1-24-16]",
    ("rescale_lane", "CODE_WIDTH", 2): f"{_VECTOR}::test_rescale_where_it_turns[3-2-22-2]",
    ("rescale_lane", "CODE_WIDTH", 16): f"{_VECTOR}::test_rescale_where_it_turns[1-1-24-16]",
    ("rescale_lane", "shift_i", 0): f"{_VECTOR}::test_rescale_where_it_turns[1-1-24-16]",
    ("rescale_lane", "shift_i", 47): f"{_VECTOR}::test_rescale_where_it_turns[1-1-24-16]",
    ("squash", "fraction_i", 0): f"{_CELLS}::test_tanh_of_every_number[0]",
    ("squash", "fraction_i", 11): f"{_CELLS}::test_tanh_of_every_number[11]",
}
"""By module, name and value. Widths and depths of the modules above these are theirs."""
