// A 32-bit sum to a code, in gemmlowp's fixed-point arithmetic: an offset (bias, zero-point correction) is added, and
// code = clamp(zero + round(sum * multiplier / 2^31 / 2^shift), low, high). Rounded twice, as gemmlowp does it:
//   high = SaturatingRoundingDoublingHighMul(sum, multiplier): sum * multiplier / 2^31, to nearest, halves up; -2^31 * -2^31
//          gives 2^31 - 1
//   code = RoundingDivideByPOT(high, shift): to nearest, halves away from zero
// or, with SINGLE_ROUNDING, once: sum * multiplier / 2^(31 + shift), to nearest, halves up, modulo 2^32.
// The clamp is the activation function: low = zero is ReLU, high = zero + code of 6 makes it ReLU6.
//
// Timing: in in cycle n, out in cycle n + 3; a sum every cycle.
//
// Worked example: sum 1000, offset -24, multiplier 1610612736 (0.75 * 2^31), shift 3, zero 10, low 0, high 255:
// 976 * 0.75 = 732, 732 / 8 = 91.5 -> 92, + 10 -> code 102.
module requantize #(
    parameter CODE_WIDTH = 8,      // bits of a code, 2 to 16
    parameter SINGLE_ROUNDING = 0  // 1: one rounding instead of two
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,        // synchronous; what is under way is dropped
    input  wire                  valid_i,
    input  wire [31:0]           sum_i,         // two's complement, as offset and multiplier are
    input  wire [31:0]           offset_i,      // the addition wraps around
    input  wire [31:0]           multiplier_i,
    input  wire [4:0]            shift_i,       // 0 to 31
    input  wire [CODE_WIDTH:0]   zero_i,        // two's complement, one bit wider than a code of either sign
    input  wire [CODE_WIDTH:0]   low_i,         // at most high_i
    input  wire [CODE_WIDTH:0]   high_i,
    output wire                  valid_o,
    output wire [CODE_WIDTH-1:0] code_o
);
  generate
    if (CODE_WIDTH < 2 || CODE_WIDTH > 16) begin : g_bad_code
      illegal_CODE_WIDTH_must_be_2_to_16 u_bad ();
    end
  endgenerate

  // Settings travel with their sum, so that each channel has its own.
  localparam SIDE = 5 + 3 * (CODE_WIDTH + 1);
  reg [2:0] valid_q;
  always @(posedge clk_i) valid_q <= {valid_q[1:0], valid_i} & {3{rst_ni}};
  assign valid_o = valid_q[2];

  // Cycle 1: the offset.
  reg signed [31:0] sum_q;
  reg signed [31:0] multiplier_q;
  reg [SIDE-1:0] side1_q;
  always @(posedge clk_i) begin
    if (valid_i) begin
      sum_q <= sum_i + offset_i;
      multiplier_q <= multiplier_i;
      side1_q <= {shift_i, zero_i, low_i, high_i};
    end
  end

  // Cycle 2: the product.
  reg signed [63:0] product_q;
  reg [SIDE-1:0] side2_q;
  always @(posedge clk_i) begin
    if (valid_q[0]) begin
      product_q <= sum_q * multiplier_q;
      side2_q <= side1_q;
    end
  end

  wire [4:0] shift;
  wire signed [CODE_WIDTH:0] zero;
  wire signed [CODE_WIDTH:0] low;
  wire signed [CODE_WIDTH:0] high;
  assign {shift, zero, low, high} = side2_q;

  wire signed [31:0] scaled;
  generate
    if (SINGLE_ROUNDING != 0) begin : g_once
      wire signed [63:0] half = 64'sh4000_0000 <<< shift;
      wire signed [63:0] rounded = (product_q + half) >>> shift;
      assign scaled = rounded[62:31];
      wire unused = rounded[63] | (|rounded[30:0]);
    end else begin : g_twice
      // gemmlowp nudges by 2^30, or by 1 - 2^30 below zero, and divides toward zero: both cases are floor(p + 2^30 / 2^31).
      // The quotient leaves 32 bits in one case only, -2^31 * -2^31.
      wire signed [63:0] nudged = product_q + 64'sh4000_0000;
      wire signed [31:0] doubled = (nudged[63:62] == 2'b01) ? 32'sh7fff_ffff : nudged[62:31];
      wire [31:0] mask = ~(32'hffff_ffff << shift);
      wire [31:0] remainder = doubled & mask;
      wire [31:0] threshold = (mask >> 1) + {31'd0, doubled[31]};
      wire up = remainder > threshold;
      assign scaled = (doubled >>> shift) + $signed({31'd0, up});
      wire unused = |nudged[30:0];
    end
  endgenerate

  // Cycle 3: the zero point and the clamp.
  wire signed [32:0] moved = {scaled[31], scaled} + {{(32 - CODE_WIDTH) {zero[CODE_WIDTH]}}, zero};
  wire signed [32:0] low_wide = {{(32 - CODE_WIDTH) {low[CODE_WIDTH]}}, low};
  wire signed [32:0] high_wide = {{(32 - CODE_WIDTH) {high[CODE_WIDTH]}}, high};
  wire signed [32:0] clamped = moved < low_wide ? low_wide : moved > high_wide ? high_wide : moved;
  reg [CODE_WIDTH-1:0] code_q;
  always @(posedge clk_i) begin
    if (valid_q[1]) code_q <= clamped[CODE_WIDTH-1:0];
  end
  assign code_o = code_q;
  wire unused_high = |clamped[32:CODE_WIDTH];
endmodule
