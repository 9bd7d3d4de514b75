"""What nothing reaches, with the reason."""

EXPLAINED = {
    ("matrix_unit", r"^under_way\[0\]"): "constant: a vector does not wait for itself",
    ("systolic_array", "^unused_weights"): "joins nets that nobody reads",
    ("recurrent_lane", "^unused_dropped"): "joins bits that rounding drops",
    ("recurrent_lane", r"^squashed\[(15|31|63)\]"): "constant: sigmoids are not negative",
    ("recurrent_lane", r"^s1\[15\]"): "constant: the second sigmoid is below 1",
    ("recurrent_lane", r"^second\[1[56]\]"): "constant: the second sigmoid is below 1, and not negative",
    ("recurrent_lane", r"^(first|out_signed)\[16\]"): "constant: factors are not negative",
    ("requantize", r"^g_once\.half"): "constant: half is 2^30 to 2^61",
    ("requantize", r"^g_twice\.(mask|remainder|threshold)\[31\]"): "constant: at most 31 bits are dropped",
    ("rescale_lane", r"^g_source\[\d\]\.multiplier\[24\]"): "constant: multipliers are not negative",
    ("rescale_lane", r"^g_source\[0\]\.x_zero\[23\]"): (
        "constant: only average_pool has 24 bits, and its sums have no zero point"
    ),
    ("rescale_lane", r"^half\[4[78]\]"): "constant: half is at most 2^46",
    ("squash", r"^nudged\[28\]"): "constant: |x| has 17 bits, so |x| * 2^11 + 8 has 28",
    ("os_array", r"^result\["): "constant: zeros come from above the first row",
    ("os_unit", r"^shift\[0\]"): "constant: nothing is above the first row",
    ("(accelerator_top|axi_lite_slave)", r"^s_axi_[br]resp\[0\]"): "constant: answers are OKAY or SLVERR",
    ("(accelerator_top|job_control|register_file)", r"^(\w+_)?(error|refusal)(_[ioq])?\[[34]\]"): (
        "constant: codes are 1 to 7 for accesses, and 16 to 21 for streams"
    ),
    ("register_file", r"^status_i\[[4-7]\]"): "constant: bits of STATUS that mean nothing",
    ("register_file", r"^column\[([3-9]|1.)\]"): "constant: a column's number has COLUMN bits",
    ("register_file", r"^block\[15\]"): "constant: a column's number has one bit at least",
    ("accelerator_top", r"^unused_index"): "constant: as many vectors as banks are deep",
    ("accelerator_top", r"^unused_row_index\[[3-8]\]"): "constant: frames of weights have ROWS beats",
    (
        "credit_fifo",
        r"^places_q\[[01]\]\[3[23]\]",
    ): ("constant: frames of the 1x1 array have one beat, so each ends, and none is cut"),
    ("(accelerator_top|job_control|register_file)", r"^cycles(_[ioq])?\[(1[1-9]|2.|3.)\]"): (
        "would take 2^11 cycles; proved in all bits by job_control's properties"
    ),
    ("(accelerator_top|job_control|register_file)", r"^jobs(_[ioq])?\[([5-9]|1.|2.|3.)\]"): (
        "would take 32 jobs without a reset; proved in all bits by job_control's properties"
    ),
    ("(accelerator_top|frame_guard)", r"^(vector_)?index(_[oq])?\[([6-9]|1.)\]"): (
        "would take frames of more than 64 beats; proved in all bits by frame_guard's properties"
    ),
    ("accelerator_top", r"^sums_address\[([6-9]|1.)\]"): "would take frames of more than 64 beats; it is vector_index, delayed",
    ("(accelerator_top|job_sequencer)", r"^(block|block_o|tile_q)\[([2-9]|1.)\]"): (
        "would take more than 4 tiles or blocks; proved in all bits by job_sequencer's properties"
    ),
    ("(job_sequencer|job_results)", r"^block_q\[([3-9]|1.)\]"): (
        "would take more than 7 blocks; proved in all bits by the properties of both modules"
    ),
    ("job_results", r"^vector_q\[([6-9]|1.)\]"): (
        "would take more than 64 vectors; proved in all bits by job_results' properties"
    ),
}
"""Holes, as patterns of a module and of what is not covered there, with the reason."""
