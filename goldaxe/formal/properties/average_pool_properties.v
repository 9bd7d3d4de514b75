// average_pool: every window's last code gives a valid_o six cycles later, and nothing else does.
//
// Worked example: valid_i in cycles 0 and 1, last_i in cycle 1 -> valid_o in cycle 7 only.
module average_pool_properties (
    input wire        clk_i,
    input wire        rst_ni,
    input wire        mark_i,
    input wire        valid_i,
    input wire        last_i,
    input wire [8:0]  x_i,
    input wire [8:0]  x_zero_i,
    input wire [23:0] multiplier_i,
    input wire [5:0]  shift_i,
    input wire [8:0]  zero_i,
    input wire [8:0]  low_i,
    input wire [8:0]  high_i
);
  wire valid_o;
  wire [7:0] code_o;
  average_pool #(.LANES(1)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .last_i(last_i), .x_i(x_i), .x_zero_i(x_zero_i),
      .multiplier_i(multiplier_i), .shift_i(shift_i), .zero_i(zero_i), .low_i(low_i), .high_i(high_i),
      .valid_o(valid_o), .code_o(code_o)
  );
  arrives #(.WIDTH(1), .CYCLES(6)) u_arrives (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i(valid_i & last_i), .delayed_i(valid_o)
  );
endmodule
