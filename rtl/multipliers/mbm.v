// Minimally biased multiplier (Saadat et al., IEEE TCAD 2018): Mitchell's sum of logarithms, with 5/64 of 2^(k1+k2) added to
// the product unless that would overflow. The fractions may lose T bits, of which the highest is set to one.
//
// Worked example, WIDTH = 8, T = 0: 200 -> 7 + 72/128, 100 -> 6 + 72/128; sum 14 + 16/128, out of a carry, so that the mantissa
// is 1 + 16/128 + 5/128; p = 2^14 * 149/128 = 19072.
module mbm #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter T = 0       // fraction bits dropped, 0 to WIDTH-2
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (T < 0 || T > WIDTH - 2) begin : g_bad_t
      illegal_T_must_be_0_to_WIDTH_minus_2 u_bad ();
    end
  endgenerate

  localparam FRACTION = WIDTH - 1;
  localparam EXPONENT = $clog2(WIDTH);
  localparam LOGARITHM = EXPONENT + FRACTION;
  localparam GUARD = 7;  // fraction bits of 5/128, behind those of the operands
  localparam MANTISSA = FRACTION + GUARD + 2;

  wire [LOGARITHM-1:0] a_log;
  wire [LOGARITHM-1:0] b_log;
  binary_logarithm #(.WIDTH(WIDTH)) u_a (.value_i(a_i), .logarithm_o(a_log));
  binary_logarithm #(.WIDTH(WIDTH)) u_b (.value_i(b_i), .logarithm_o(b_log));

  // 1 << T, shifted back by one, is the bit T-1, or nothing if T is 0.
  wire [LOGARITHM-1:0] half = ({{(LOGARITHM - 1) {1'b0}}, 1'b1} << T) >> 1;
  wire [LOGARITHM-1:0] a_kept = ((a_log >> T) << T) | half;
  wire [LOGARITHM-1:0] b_kept = ((b_log >> T) << T) | half;
  wire [LOGARITHM:0] sum = {1'b0, a_kept} + {1'b0, b_kept};

  // The fractions carried if the exponents' sum, which is even or odd as their low bits say, came out the other way.
  wire carried = sum[FRACTION] ^ a_log[FRACTION] ^ b_log[FRACTION];
  wire [MANTISSA-1:0] plain = {2'b01, sum[FRACTION-1:0], {GUARD{1'b0}}};
  wire [MANTISSA-1:0] constant = {{(MANTISSA - 4) {1'b0}}, 4'b1010} << FRACTION;  // 10/128
  wire [MANTISSA-1:0] corrected = plain + (carried ? constant >> 1 : constant);

  // Only mantissas from 2 on at the highest exponent, 2*WIDTH-1, overflow.
  wire [EXPONENT:0] exponent = sum[LOGARITHM:FRACTION];
  wire overflow = corrected[MANTISSA-1] & (exponent == 2 * WIDTH - 1);
  wire [2*WIDTH-1:0] product;
  antilogarithm #(
      .WIDTH(2 * WIDTH),
      .EXPONENT(EXPONENT + 1),
      .MANTISSA(MANTISSA),
      .FRACTION(FRACTION + GUARD)
  ) u_antilogarithm (
      .exponent_i(exponent),
      .mantissa_i(overflow ? plain : corrected),
      .value_o(product)
  );
  assign p_o = (|a_i && |b_i) ? product : {(2 * WIDTH) {1'b0}};
endmodule
