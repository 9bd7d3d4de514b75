// Normalises and rounds a product of significands, and puts it together with its exponent: the code of a number, without sign.
// The mantissa lies below the exponent field, so that one that rounds up to 2 carries into it.
//
// Worked example, EXPONENT = 4, MANTISSA = 3, FINITE = 1, PRODUCT = 8, RANGE = 6: product 8'b0101_1010, exponent 9: shifted by
// one place, so that the exponent is 8; 1.011_0100b rounds to 1.011b; code 7'b1000_011.
module float_rounding #(
    parameter EXPONENT = 8,    // bits of the exponent field
    parameter MANTISSA = 7,    // bits behind the hidden one
    parameter FINITE = 0,      // 1: no infinities, and no NaN but the code of all ones; overflow is the largest number
    parameter SUBNORMALS = 1,  // 0: what is below the smallest normal number after rounding is zero
    parameter NEAREST = 1,     // 1: to nearest, ties to even; 0: toward zero, where overflow is the largest number
    parameter PRODUCT = 16,    // bits of the product, at least 2 * MANTISSA + 2
    parameter STAGES = 1,      // of its normalizer
    parameter RANGE = 10       // bits of an exponent in two's complement
) (
    input  wire [PRODUCT-1:0]           product_i,
    input  wire [RANGE-1:0]             exponent_i,  // biased, of a product whose highest bit is set
    output wire [EXPONENT+MANTISSA-1:0] magnitude_o
);
  localparam WORD = PRODUCT + MANTISSA + 1;
  localparam CODE = RANGE + MANTISSA;
  localparam TOP = EXPONENT + MANTISSA;
  localparam [CODE-1:0] ONES = {{(CODE - TOP) {1'b0}}, {TOP{1'b1}}};
  localparam [CODE-1:0] ONE = {{(CODE - 1) {1'b0}}, 1'b1};
  localparam [CODE-1:0] LARGEST = ONES - (FINITE != 0 ? ONE : ONE << MANTISSA);
  localparam [CODE-1:0] OVERFLOW = FINITE != 0 || NEAREST == 0 ? LARGEST : LARGEST + ONE;

  wire [PRODUCT-1:0] normal;
  wire [STAGES-1:0] shift;
  normalizer #(.WIDTH(PRODUCT), .STAGES(STAGES)) u_normalizer (
      .value_i(product_i),
      .value_o(normal),
      .shift_o(shift)
  );

  // field: one less than the exponent, as the hidden bit adds one. Below zero, the number is subnormal.
  wire [RANGE-1:0] field = exponent_i - {{(RANGE - STAGES) {1'b0}}, shift} - {{(RANGE - 1) {1'b0}}, 1'b1};
  wire tiny = field[RANGE-1];
  wire [WORD-1:0] word;
  wire [RANGE-1:0] place;
  generate
    if (SUBNORMALS != 0) begin : g_gradual
      // What is shifted out altogether no longer matters: the bit below the mantissa is zero then.
      assign word = {normal, {(MANTISSA + 1) {1'b0}}} >> (tiny ? -field : {RANGE{1'b0}});
      assign place = tiny ? {RANGE{1'b0}} : field;
    end else begin : g_flushed
      assign word = {normal, {(MANTISSA + 1) {1'b0}}};
      assign place = field;
    end
  endgenerate

  wire half = word[WORD-MANTISSA-2];
  wire rest = |word[WORD-MANTISSA-3:0];
  wire up = NEAREST != 0 && half && (rest || word[WORD-MANTISSA-1]);
  wire [CODE-1:0] code = {place, {MANTISSA{1'b0}}}
      + {{(CODE - MANTISSA - 1) {1'b0}}, word[WORD-1:WORD-MANTISSA-1]} + {{(CODE - 1) {1'b0}}, up};
  wire flushed = SUBNORMALS == 0 && (code[CODE-1] || ~|code[CODE-1:MANTISSA]);
  wire [CODE-1:0] bounded = code > LARGEST ? OVERFLOW : code;
  assign magnitude_o = ~normal[PRODUCT-1] || flushed ? {TOP{1'b0}} : bounded[TOP-1:0];
  wire unused = |bounded[CODE-1:TOP] | tiny;
endmodule
