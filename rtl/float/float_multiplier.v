// A floating-point multiplier but for the product of the significands, which an integer multiplier of any kind makes outside:
// signs, exponents, zeros, subnormal numbers, infinities, NaNs, normalisation and rounding.
//
//     a_i, b_i -> a_significand_o, b_significand_o -> integer multiplier -> product_i -> p_o
//
// NaN times anything and infinity times zero are the positive quiet NaN; other results have the XOR of the signs.
//
// Worked example, bfloat16 (the defaults): 16'h3fc0 (1.5) * 16'hc020 (-2.5): significands 192 and 160, product 30720, which is
// 1.875 * 2^14; p = 16'hc070 (-3.75).
module float_multiplier #(
    parameter EXPONENT = 8,    // bits of the exponent field, 2 to 8
    parameter MANTISSA = 7,    // bits behind the hidden one, 1 to 15
    parameter FINITE = 0,      // 1: no infinities, overflow is the largest number, and the code of all ones the only NaN
    parameter SUBNORMALS = 1,  // 0: flushed to zero, operands and results
    parameter NEAREST = 1,     // 1: to nearest, ties to even; 0: toward zero, where overflow is the largest number
    parameter PRODUCT = 16,    // bits of the significands' product, at least 2 * MANTISSA + 2
    parameter STAGES = 1       // the product's leading one is at most 2^STAGES - 1 places below its highest bit
) (
    input  wire [EXPONENT+MANTISSA:0] a_i,
    input  wire [EXPONENT+MANTISSA:0] b_i,
    output wire [MANTISSA:0]          a_significand_o,
    output wire [MANTISSA:0]          b_significand_o,
    input  wire [PRODUCT-1:0]         product_i,
    output wire [EXPONENT+MANTISSA:0] p_o
);
  generate
    if (EXPONENT < 2 || EXPONENT > 8) begin : g_bad_exponent
      illegal_EXPONENT_must_be_2_to_8 u_bad ();
    end
    if (MANTISSA < 1 || MANTISSA > 15) begin : g_bad_mantissa
      illegal_MANTISSA_must_be_1_to_15 u_bad ();
    end
    if (PRODUCT < 2 * MANTISSA + 2) begin : g_bad_product
      illegal_PRODUCT_must_be_2_MANTISSA_plus_2_or_more u_bad ();
    end
  endgenerate

  localparam SIGN = EXPONENT + MANTISSA;
  // Exponents of results, before it is known whether they fit, have magnitudes of at most HIGH above zero and LOW below.
  localparam HIGH = (3 << (EXPONENT - 1)) + PRODUCT - 2 * MANTISSA;
  localparam LOW = (1 << (EXPONENT - 1)) + 2 * MANTISSA + (1 << STAGES);
  localparam RANGE = 1 + $clog2(1 + (HIGH > LOW ? HIGH : LOW));
  localparam OFFSET = PRODUCT - 2 * MANTISSA - (1 << (EXPONENT - 1));  // highest bit's place, less the bias
  localparam [SIGN-1:0] INFINITY = {{EXPONENT{1'b1}}, {MANTISSA{1'b0}}};
  localparam [SIGN-1:0] NAN = FINITE != 0 ? {SIGN{1'b1}} : INFINITY | INFINITY >> 1;

  wire [RANGE-1:0] a_exponent;
  wire [RANGE-1:0] b_exponent;
  wire a_zero, a_infinite, a_nan;
  wire b_zero, b_infinite, b_nan;
  float_operand #(
      .EXPONENT(EXPONENT),
      .MANTISSA(MANTISSA),
      .FINITE(FINITE),
      .SUBNORMALS(SUBNORMALS),
      .RANGE(RANGE)
  ) u_a (
      .magnitude_i(a_i[SIGN-1:0]),
      .exponent_o(a_exponent),
      .significand_o(a_significand_o),
      .zero_o(a_zero),
      .infinite_o(a_infinite),
      .nan_o(a_nan)
  );
  float_operand #(
      .EXPONENT(EXPONENT),
      .MANTISSA(MANTISSA),
      .FINITE(FINITE),
      .SUBNORMALS(SUBNORMALS),
      .RANGE(RANGE)
  ) u_b (
      .magnitude_i(b_i[SIGN-1:0]),
      .exponent_o(b_exponent),
      .significand_o(b_significand_o),
      .zero_o(b_zero),
      .infinite_o(b_infinite),
      .nan_o(b_nan)
  );

  wire [SIGN-1:0] magnitude;
  float_rounding #(
      .EXPONENT(EXPONENT),
      .MANTISSA(MANTISSA),
      .FINITE(FINITE),
      .SUBNORMALS(SUBNORMALS),
      .NEAREST(NEAREST),
      .PRODUCT(PRODUCT),
      .STAGES(STAGES),
      .RANGE(RANGE)
  ) u_rounding (
      .product_i(product_i),
      .exponent_i(a_exponent + b_exponent + OFFSET[RANGE-1:0]),
      .magnitude_o(magnitude)
  );

  wire sign = a_i[SIGN] ^ b_i[SIGN];
  wire zero = a_zero | b_zero;
  wire infinite = a_infinite | b_infinite;
  wire nan = a_nan | b_nan | infinite & zero;
  assign p_o = nan ? {1'b0, NAN} : {sign, infinite ? INFINITY : zero ? {SIGN{1'b0}} : magnitude};
endmodule
