// Codes, or sums of codes, to codes of another scale, LANES elements a cycle:
// code = clamp(zero + round(sum over sources of (x - x_zero) * multiplier / 2^shift), low, high), rounded once, to nearest,
// halves away from zero. Two sources are a residual addition; one is a change of scale, or a clamp by itself.
//
// The sum has 48 bits and must fit them: it does for two sources of up to 22 bits, and for one of 23, or of 24 if x_zero is 0.
//
// Timing: in in cycle n, out in cycle n + 5; a vector of elements every cycle. Settings come with their elements, and may be
// others in the next cycle.
//
// Worked example, LANES = 2, SOURCES = 2, x_zero = {0, 128}, multiplier = {5, 3} (source 0 has 3), shift 3, zero 10, low 0,
// high 255: lane 0 with x = {20, 148}: 20 * 3 + 20 * 5 = 160, / 8 = 20, + 10 -> code 30. Lane 1 with x = {-4, 128}: source 0
// is 128 - 128 = 0, -4 * 5 = -20, / 8 = -2.5 -> -3, + 10 -> code 7.
module rescale #(
    parameter LANES = 4,      // 1 or more: elements at a time
    parameter SOURCES = 2,    // 1 or 2
    parameter X_WIDTH = 17,   // bits of a source, 2 to 24: 17 hold codes of 16 bits of either sign
    parameter CODE_WIDTH = 8  // bits of a code, 2 to 16
) (
    input  wire                             clk_i,
    input  wire                             rst_ni,        // synchronous; what is under way is dropped
    input  wire                             valid_i,
    input  wire [LANES*SOURCES*X_WIDTH-1:0] x_i,           // two's complement; lane l's source s in slice l * SOURCES + s
    input  wire [SOURCES*X_WIDTH-1:0]       x_zero_i,      // source s in slice s
    input  wire [SOURCES*24-1:0]            multiplier_i,  // unsigned
    input  wire [5:0]                       shift_i,       // 0 to 47
    input  wire [CODE_WIDTH:0]              zero_i,        // two's complement, one bit wider than a code of either sign
    input  wire [CODE_WIDTH:0]              low_i,         // at most high_i
    input  wire [CODE_WIDTH:0]              high_i,
    output wire                             valid_o,
    output wire [LANES*CODE_WIDTH-1:0]      code_o         // lane l in slice l
);
  generate
    if (LANES < 1) begin : g_bad_lanes
      illegal_LANES_must_be_1_or_more u_bad ();
    end
  endgenerate

  reg [4:0] valid_q;
  always @(posedge clk_i) valid_q <= {valid_q[3:0], valid_i} & {5{rst_ni}};
  assign valid_o = valid_q[4];

  // Settings wait for the stage that reads them.
  localparam CLAMP = 3 * (CODE_WIDTH + 1);
  wire [SOURCES*24-1:0] multiplier;
  wire [5:0] shift;
  wire [CODE_WIDTH:0] zero;
  wire [CODE_WIDTH:0] low;
  wire [CODE_WIDTH:0] high;
  delay_line #(.WIDTH(SOURCES * 24), .CYCLES(1)) u_multiplier (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i(multiplier_i), .value_o(multiplier)
  );
  delay_line #(.WIDTH(6), .CYCLES(3)) u_shift (.clk_i(clk_i), .rst_ni(rst_ni), .value_i(shift_i), .value_o(shift));
  delay_line #(.WIDTH(CLAMP), .CYCLES(4)) u_clamp (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i({zero_i, low_i, high_i}), .value_o({zero, low, high})
  );

  genvar l;
  generate
    for (l = 0; l < LANES; l = l + 1) begin : g_lane
      rescale_lane #(.SOURCES(SOURCES), .X_WIDTH(X_WIDTH), .CODE_WIDTH(CODE_WIDTH)) u_lane (
          .clk_i(clk_i), .take_i({valid_q[3:0], valid_i}),
          .x_i(x_i[(l+1)*SOURCES*X_WIDTH-1:l*SOURCES*X_WIDTH]), .x_zero_i(x_zero_i), .multiplier_i(multiplier),
          .shift_i(shift), .zero_i(zero), .low_i(low), .high_i(high), .code_o(code_o[(l+1)*CODE_WIDTH-1:l*CODE_WIDTH])
      );
    end
  endgenerate
endmodule
