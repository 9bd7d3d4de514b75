"""What no run of `make coverage` reaches, with the reason, and the test or the proof that would see it if it were wrong."""

from __future__ import annotations

from dataclasses import dataclass

_ARRAY = "tests/accelerator/test_array_rtl.py"
_BOUNDS = "tests/accelerator/test_top_at_its_bounds.py"
_CELLS = "tests/accelerator/test_compiled_vector.py"
_LINT = "tests/rtl/test_rtl_modules.py::test_lint_clean_alone"
_OS = "tests/accelerator/test_output_stationary.py"
_TOP = "tests/accelerator/test_accelerator_top.py"
_VECTOR = "tests/accelerator/test_vector_rtl.py"


@dataclass(frozen=True)
class Excuse:
    """Why a hole is none. `covered` names tests, as pytest does, and proofs, as `MODULE: TEXT` with the text of an assertion in
    `goldaxe/formal/properties/MODULE_properties.v`; a test looks each of them up."""

    why: str
    covered: tuple[str, ...]


def _excuse(why: str, *covered: str) -> Excuse:
    return Excuse(why, covered)


EXPLAINED = {
    ("matrix_unit", r"^under_way\[0\]"): _excuse(
        "constant: a vector does not wait for itself",
        "matrix_unit: if (begun_q & full & (quiet_q >= AGES)) assert (vector_ready_o);",
    ),
    ("systolic_array", "^unused_weights"): _excuse("joins nets that nobody reads", _LINT),
    ("recurrent_lane", "^unused_dropped"): _excuse("joins bits that rounding drops", _LINT),
    ("recurrent_lane", r"^squashed\[(15|31|63)\]"): _excuse(
        "constant: sigmoids are not negative", f"{_CELLS}::test_sigmoid_of_every_number"
    ),
    ("recurrent_lane", r"^s1\[15\]"): _excuse(
        "constant: the second sigmoid is below 1", f"{_CELLS}::test_sigmoid_of_every_number"
    ),
    ("recurrent_lane", r"^second\[1[56]\]"): _excuse(
        "constant: the second sigmoid is below 1, and not negative", f"{_CELLS}::test_sigmoid_of_every_number"
    ),
    ("recurrent_lane", r"^(first|out_signed)\[16\]"): _excuse(
        "constant: factors are not negative", f"{_VECTOR}::test_recurrent_cell_where_it_turns"
    ),
    ("requantize", r"^g_once\.half"): _excuse("constant: half is 2^30 to 2^61", f"{_ARRAY}::test_requantize_where_it_turns"),
    ("requantize", r"^g_twice\.(mask|remainder|threshold)\[31\]"): _excuse(
        "constant: at most 31 bits are dropped", f"{_ARRAY}::test_requantize_where_it_turns"
    ),
    ("rescale_lane", r"^g_source\[\d\]\.multiplier\[24\]"): _excuse(
        "constant: multipliers are not negative", f"{_VECTOR}::test_rescale"
    ),
    ("rescale_lane", r"^g_source\[0\]\.x_zero\[23\]"): _excuse(
        "constant: only average_pool has 24 bits, and its sums have no zero point", f"{_VECTOR}::test_average_pool"
    ),
    ("rescale_lane", r"^half\[4[78]\]"): _excuse("constant: half is at most 2^46", f"{_VECTOR}::test_rescale_where_it_turns"),
    ("squash", r"^nudged\[28\]"): _excuse(
        "constant: |x| has 17 bits, so |x| * 2^11 + 8 has 28", f"{_CELLS}::test_tanh_of_every_number"
    ),
    ("os_array", r"^result\["): _excuse("constant: zeros come from above the first row", f"{_OS}::test_os_array"),
    ("os_unit", r"^shift\[0\]"): _excuse("constant: nothing is above the first row", f"{_OS}::test_os_unit"),
    ("(accelerator_top|axi_lite_slave)", r"^s_axi_[br]resp\[0\]"): _excuse(
        "constant: answers are OKAY or SLVERR", f"{_BOUNDS}::test_counts_beyond_the_largest_are_refused"
    ),
    ("(accelerator_top|job_control|register_file)", r"^(\w+_)?(error|refusal)(_[ioq])?\[[34]\]"): _excuse(
        "constant: codes are 1 to 7 for accesses, and 16 to 21 for streams",
        "tests/accelerator/test_accelerator_registers.py::test_verilog_has_the_registers_of_python",
        "job_control: else if (abort_q) assert ((seen & (one << error)) != 32'd0);",
    ),
    ("register_file", r"^status_i\[[4-7]\]"): _excuse(
        "constant: bits of STATUS that mean nothing", f"{_BOUNDS}::test_the_largest_counts"
    ),
    ("register_file", r"^column\[([3-9]|1.)\]"): _excuse(
        "constant: a column's number has COLUMN bits",
        "register_file: assert (write_address_i[17:2] == {11'd0, settings_block, settings_column});",
    ),
    ("register_file", r"^block\[15\]"): _excuse(
        "constant: a column's number has one bit at least", f"{_BOUNDS}::test_the_largest_counts"
    ),
    ("accelerator_top", r"^unused_index"): _excuse(
        "constant: as many vectors as banks are deep", f"{_BOUNDS}::test_the_largest_counts"
    ),
    ("accelerator_top", r"^unused_row_index\[[3-8]\]"): _excuse(
        "constant: frames of weights have ROWS beats", f"{_TOP}::test_the_most_rows_and_columns"
    ),
    ("credit_fifo", r"^places_q\[[01]\]\[3[23]\]"): _excuse(
        "constant: frames of the 1x1 array have one beat, so each ends, and none is cut", f"{_TOP}::test_sizes"
    ),
    ("(accelerator_top|job_control|register_file)", r"^cycles(_[ioq])?\[(1[1-9]|2.|3.)\]"): _excuse(
        "would take 2^11 cycles",
        "job_control: else assert (cycles - cycles_q == {31'd0, busy_q});",
        f"{_BOUNDS}::test_the_largest_counts",
    ),
    ("(accelerator_top|job_control|register_file)", r"^jobs(_[ioq])?\[([5-9]|1.|2.|3.)\]"): _excuse(
        "would take 32 jobs without a reset", "job_control: assert (jobs - jobs_q == {31'd0, finished_q & ~halt_q});"
    ),
    ("(accelerator_top|frame_guard)", r"^(vector_)?index(_[oq])?\[([6-9]|1.)\]"): _excuse(
        "would take frames of more than 64 beats",
        "frame_guard: assert (index_o == passed_q);",
        f"{_BOUNDS}::test_the_largest_counts",
        f"{_BOUNDS}::test_a_frame_of_another_length_is_told_at_its_last_beat",
    ),
    ("accelerator_top", r"^sums_address\[([6-9]|1.)\]"): _excuse(
        "would take frames of more than 64 beats", f"{_BOUNDS}::test_the_largest_counts"
    ),
    ("(accelerator_top|job_sequencer)", r"^(block|block_o|tile_q)\[([2-9]|1.)\]"): _excuse(
        "would take more than 4 tiles or blocks",
        "job_sequencer: assert (seen_tile == tiles_i - tiles_left);",
        "job_sequencer: assert (seen_block == blocks_i - blocks_left);",
        f"{_BOUNDS}::test_the_largest_counts",
    ),
    ("(job_sequencer|job_results)", r"^block_q\[([3-9]|1.)\]"): _excuse(
        "would take more than 7 blocks",
        "job_sequencer: assert (seen_block == blocks_i - blocks_left);",
        "job_results: assert (seen_block == blocks_i - blocks_left);",
        f"{_BOUNDS}::test_the_largest_counts",
    ),
    ("job_results", r"^vector_q\[([6-9]|1.)\]"): _excuse(
        "would take more than 64 vectors",
        "job_results: assert (seen_vector == vectors_i - vectors_left);",
        f"{_BOUNDS}::test_the_largest_counts",
    ),
}
"""Holes, as patterns of a module and of what is not covered there."""
