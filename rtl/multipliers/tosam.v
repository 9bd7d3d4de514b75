// TOSAM(H, T) (Vahdat et al., IEEE TVLSI 2019): 2^(k1+k2) * (1 + Y1 + Y2 + Z1*Z2), where Y are the operands' fractions cut to T
// bits, and Z those cut to H bits and followed by a one. An operand of zero gives zero.
//
// Worked example, WIDTH = 8, H = 1, T = 3: 200 -> 7, fraction .1001000; 100 -> 6, the same; Y = .100, Z = .11;
// p = 2^13 * (1 + 1/2 + 1/2 + 9/16) = 20992.
module tosam #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter H = 1,      // fraction bits multiplied, 0 to WIDTH-2
    parameter T = 3       // fraction bits added, 1 to WIDTH-1
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (H < 0 || H > WIDTH - 2) begin : g_bad_h
      illegal_H_must_be_0_to_WIDTH_minus_2 u_bad ();
    end
    if (T < 1 || T > WIDTH - 1) begin : g_bad_t
      illegal_T_must_be_1_to_WIDTH_minus_1 u_bad ();
    end
  endgenerate

  localparam FRACTION = WIDTH - 1;
  localparam EXPONENT = $clog2(WIDTH);
  localparam LOGARITHM = EXPONENT + FRACTION;
  localparam POINT = T > 2 * H + 2 ? T : 2 * H + 2;  // fraction bits of the mantissa
  localparam MANTISSA = POINT + 2;

  wire [LOGARITHM-1:0] a_log;
  wire [LOGARITHM-1:0] b_log;
  binary_logarithm #(.WIDTH(WIDTH)) u_a (.value_i(a_i), .logarithm_o(a_log));
  binary_logarithm #(.WIDTH(WIDTH)) u_b (.value_i(b_i), .logarithm_o(b_log));
  wire [EXPONENT:0] exponent = {1'b0, a_log[LOGARITHM-1:FRACTION]} + {1'b0, b_log[LOGARITHM-1:FRACTION]};

  // The H+1 bits behind the point, of which the last is one; a slice of H bits would not exist for H = 0.
  wire [H:0] a_short = a_log[FRACTION-1:FRACTION-1-H] | {{H{1'b0}}, 1'b1};
  wire [H:0] b_short = b_log[FRACTION-1:FRACTION-1-H] | {{H{1'b0}}, 1'b1};
  wire [2*H+1:0] multiplied = {{(H + 1) {1'b0}}, a_short} * {{(H + 1) {1'b0}}, b_short};
  wire [T:0] added = {1'b0, a_log[FRACTION-1:FRACTION-T]} + {1'b0, b_log[FRACTION-1:FRACTION-T]};
  wire unused_low = |{a_log[FRACTION-1:0], b_log[FRACTION-1:0]};

  wire [MANTISSA-1:0] mantissa = {2'b01, {POINT{1'b0}}} + ({{(MANTISSA - T - 1) {1'b0}}, added} << (POINT - T)) +
      ({{(MANTISSA - 2 * H - 2) {1'b0}}, multiplied} << (POINT - 2 * H - 2));
  wire [2*WIDTH-1:0] product;
  antilogarithm #(
      .WIDTH(2 * WIDTH),
      .EXPONENT(EXPONENT + 1),
      .MANTISSA(MANTISSA),
      .FRACTION(POINT)
  ) u_antilogarithm (
      .exponent_i(exponent),
      .mantissa_i(mantissa),
      .value_o(product)
  );
  assign p_o = (|a_i && |b_i) ? product : {(2 * WIDTH) {1'b0}};
endmodule
