// Delays lane i of LANES by i cycles, or by LANES-1-i if REVERSE is set: what comes in one cycle leaves as a diagonal, and a
// diagonal leaves in one cycle.
//
// Worked example, LANES = 3, WIDTH = 8: {8'd3, 8'd2, 8'd1} in cycle 0 leaves as 1 on lane 0 in cycle 0 (there is no register),
// 2 on lane 1 in cycle 1 and 3 on lane 2 in cycle 2.
module skew #(
    parameter LANES = 4,   // 1 or more
    parameter WIDTH = 8,   // bits of a lane
    parameter REVERSE = 0  // 1: the last lane is not delayed, 0: the first
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,  // synchronous; clears all lanes
    input  wire [LANES*WIDTH-1:0] lanes_i,
    output wire [LANES*WIDTH-1:0] lanes_o
);
  generate
    if (LANES < 1) begin : g_bad_lanes
      illegal_LANES_must_be_1_or_more u_bad ();
    end
    if (WIDTH < 1) begin : g_bad_width
      illegal_WIDTH_must_be_1_or_more u_bad ();
    end
  endgenerate

  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : g_lane
      delay_line #(.WIDTH(WIDTH), .CYCLES(REVERSE != 0 ? LANES - 1 - i : i)) u_delay (
          .clk_i(clk_i), .rst_ni(rst_ni),
          .value_i(lanes_i[(i+1)*WIDTH-1:i*WIDTH]), .value_o(lanes_o[(i+1)*WIDTH-1:i*WIDTH])
      );
    end
  endgenerate
endmodule
