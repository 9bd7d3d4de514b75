// skew: lane i's values arrive after i cycles, or LANES-1-i, and are nobody else's.
//
// Worked example, LANES = 4: 3 on lane 2 in cycle 0 is on lane 2 in cycle 2, with REVERSE in cycle 1.
module skew_properties #(
    parameter LANES = 4,
    parameter REVERSE = 0
) (
    input wire               clk_i,
    input wire               rst_ni,
    input wire               mark_i,
    input wire [LANES*2-1:0] lanes_i
);
  wire [LANES*2-1:0] lanes_o;
  skew #(.LANES(LANES), .WIDTH(2), .REVERSE(REVERSE)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .lanes_i(lanes_i), .lanes_o(lanes_o)
  );
  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : g_lane
      localparam CYCLES = REVERSE != 0 ? LANES - 1 - i : i;
      if (CYCLES == 0) begin : g_wire
        always @(*) assert (lanes_o[i*2+1:i*2] == lanes_i[i*2+1:i*2]);
      end else begin : g_line
        arrives #(.WIDTH(2), .CYCLES(CYCLES)) u_arrives (
            .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i(lanes_i[i*2+1:i*2]), .delayed_i(lanes_o[i*2+1:i*2])
        );
      end
    end
  endgenerate
endmodule
