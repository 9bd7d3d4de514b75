// delay_line: every value arrives after CYCLES cycles.
//
// Worked example: see arrives.v, which is the property; 2 cycles.
module delay_line_properties #(
    parameter CYCLES = 3
) (
    input wire       clk_i,
    input wire       rst_ni,
    input wire       mark_i,
    input wire [1:0] value_i
);
  wire [1:0] value_o;
  delay_line #(.WIDTH(2), .CYCLES(CYCLES)) u_dut (.clk_i(clk_i), .rst_ni(rst_ni), .value_i(value_i), .value_o(value_o));
  arrives #(.WIDTH(2), .CYCLES(CYCLES)) u_arrives (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i(value_i), .delayed_i(value_o)
  );
endmodule
