// Max pooling: the codes of a window come one after the other, and after the last one the largest leaves. LANES windows are
// compared at a time, one code of each in a cycle. A padded position is left out, or holds the lowest code.
//
// Timing: the window's last code in cycle n, the largest in cycle n + 1, which may also bring the next window's first code.
//
// Worked example, LANES = 1: the window -3, 7, 5, with last_i at 5, gives 7 one cycle after the 5.
module max_pool #(
    parameter LANES = 4,   // 1 or more: windows at a time
    parameter X_WIDTH = 9  // bits of a code, 2 or more: 9 hold codes of 8 bits of either sign
) (
    input  wire                     clk_i,
    input  wire                     rst_ni,   // synchronous; the window that is under way is dropped
    input  wire                     valid_i,
    input  wire                     last_i,   // read with valid_i: the window ends
    input  wire [LANES*X_WIDTH-1:0] x_i,      // two's complement; lane l in slice l
    output wire                     valid_o,
    output wire [LANES*X_WIDTH-1:0] largest_o
);
  generate
    if (LANES < 1) begin : g_bad_lanes
      illegal_LANES_must_be_1_or_more u_bad ();
    end
    if (X_WIDTH < 2) begin : g_bad_x
      illegal_X_WIDTH_must_be_2_or_more u_bad ();
    end
  endgenerate

  reg under_way_q;
  reg valid_q;
  always @(posedge clk_i) begin
    if (!rst_ni) under_way_q <= 1'b0;
    else if (valid_i) under_way_q <= ~last_i;
    valid_q <= valid_i & last_i & rst_ni;
  end
  assign valid_o = valid_q;

  genvar l;
  generate
    for (l = 0; l < LANES; l = l + 1) begin : g_lane
      wire signed [X_WIDTH-1:0] x = x_i[(l+1)*X_WIDTH-1:l*X_WIDTH];
      reg signed [X_WIDTH-1:0] largest_q;
      always @(posedge clk_i) if (valid_i & (~under_way_q | (x > largest_q))) largest_q <= x;
      assign largest_o[(l+1)*X_WIDTH-1:l*X_WIDTH] = largest_q;
    end
  endgenerate
endmodule
