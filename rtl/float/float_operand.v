// Takes a floating-point number apart, its sign left out: exponent field, significand with its highest bit set, and whether it
// is zero, infinite or no number. A subnormal number is normalised, its exponent then being 0 or less, or flushed to zero.
//
// Worked example, EXPONENT = 4, MANTISSA = 3, FINITE = 1, RANGE = 6: 7'b0000_011, 3 * 2^-9 -> significand 4'b1100, exponent -1.
module float_operand #(
    parameter EXPONENT = 8,    // bits of the exponent field
    parameter MANTISSA = 7,    // bits behind the hidden one
    parameter FINITE = 0,      // 1: no infinities, and no NaN but the code of all ones
    parameter SUBNORMALS = 1,  // 0: flushed to zero
    parameter RANGE = 10       // bits of an exponent in two's complement, more than EXPONENT
) (
    input  wire [EXPONENT+MANTISSA-1:0] magnitude_i,
    output wire [RANGE-1:0]             exponent_o,
    output wire [MANTISSA:0]            significand_o,
    output wire                         zero_o,
    output wire                         infinite_o,
    output wire                         nan_o
);
  wire [EXPONENT-1:0] field = magnitude_i[EXPONENT+MANTISSA-1:MANTISSA];
  wire [MANTISSA-1:0] mantissa = magnitude_i[MANTISSA-1:0];
  wire normal = |field;
  wire [RANGE-1:0] wide = {{(RANGE - EXPONENT) {1'b0}}, field};

  generate
    if (SUBNORMALS != 0) begin : g_gradual
      localparam STAGES = $clog2(MANTISSA + 1);
      wire [STAGES-1:0] shift;
      normalizer #(.WIDTH(MANTISSA + 1), .STAGES(STAGES)) u_normalizer (
          .value_i({normal, mantissa}),
          .value_o(significand_o),
          .shift_o(shift)
      );
      assign exponent_o = normal ? wide : {{(RANGE - 1) {1'b0}}, 1'b1} - {{(RANGE - STAGES) {1'b0}}, shift};
      assign zero_o = ~normal & ~|mantissa;
    end else begin : g_flushed
      assign significand_o = {1'b1, mantissa};
      assign exponent_o = wide;
      assign zero_o = ~normal;
    end
    if (FINITE != 0) begin : g_finite
      assign infinite_o = 1'b0;
      assign nan_o = &magnitude_i;
    end else begin : g_infinities
      assign infinite_o = &field & ~|mantissa;
      assign nan_o = &field & |mantissa;
    end
  endgenerate
endmodule
