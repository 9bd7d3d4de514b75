// rescale: every valid_i gives a valid_o five cycles later, and nothing else does.
//
// Worked example: valid_i in cycle 0 only -> valid_o in cycle 5 only.
module rescale_properties (
    input wire         clk_i,
    input wire         rst_ni,
    input wire         mark_i,
    input wire         valid_i,
    input wire [17:0]  x_i,
    input wire [17:0]  x_zero_i,
    input wire [47:0]  multiplier_i,
    input wire [5:0]   shift_i,
    input wire [8:0]   zero_i,
    input wire [8:0]   low_i,
    input wire [8:0]   high_i
);
  wire valid_o;
  wire [7:0] code_o;
  rescale #(.LANES(1), .SOURCES(2), .X_WIDTH(9), .CODE_WIDTH(8)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .x_i(x_i), .x_zero_i(x_zero_i), .multiplier_i(multiplier_i),
      .shift_i(shift_i), .zero_i(zero_i), .low_i(low_i), .high_i(high_i), .valid_o(valid_o), .code_o(code_o)
  );
  arrives #(.WIDTH(1), .CYCLES(5)) u_arrives (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i(valid_i), .delayed_i(valid_o)
  );
endmodule
