// requantize: every valid_i gives a valid_o three cycles later, and nothing else does.
//
// Worked example: valid_i in cycles 0 and 2 only -> valid_o in cycles 3 and 5 only.
module requantize_properties (
    input wire         clk_i,
    input wire         rst_ni,
    input wire         mark_i,
    input wire         valid_i,
    input wire [127:0] data_i
);
  wire valid_o;
  wire [7:0] code_o;
  requantize u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .sum_i(data_i[31:0]), .offset_i(data_i[63:32]),
      .multiplier_i(data_i[95:64]), .shift_i(data_i[100:96]), .zero_i(data_i[109:101]), .low_i(data_i[118:110]),
      .high_i(data_i[127:119]), .valid_o(valid_o), .code_o(code_o)
  );
  arrives #(.WIDTH(1), .CYCLES(3)) u_arrives (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i(valid_i), .delayed_i(valid_o)
  );
endmodule
