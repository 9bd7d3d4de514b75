// DR-ALM (Yin et al., IEEE TSUSC 2021): Mitchell's logarithmic multiplier on T bits from the leading one of each operand, the
// lowest of them forced to one, with one unit of the last place added to the sum. Signs by one's complement.
//
// Worked example, WIDTH = 8, T = 5, unsigned: 200 -> 7 + 9/16, 100 -> 6 + 9/16; sum plus 1/16 is 14 + 3/16; p = 19456.
module dr_alm #(
    parameter WIDTH = 8,     // bits of each operand, 2 to 16
    parameter A_SIGNED = 0,  // 1: a is two's complement
    parameter B_SIGNED = 0,  // 1: b is two's complement
    parameter T = 5          // bits kept, 2 to WIDTH
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (T < 2 || T > WIDTH) begin : g_bad_t
      illegal_T_must_be_2_to_WIDTH u_bad ();
    end
  endgenerate

  localparam FRACTION = T - 1;
  localparam EXPONENT = $clog2(WIDTH);
  localparam LOGARITHM = EXPONENT + WIDTH - 1;
  localparam KEPT = EXPONENT + FRACTION;

  wire a_negative = (A_SIGNED != 0) & a_i[WIDTH-1];
  wire b_negative = (B_SIGNED != 0) & b_i[WIDTH-1];
  wire [WIDTH-1:0] a = a_i ^ {WIDTH{a_negative}};
  wire [WIDTH-1:0] b = b_i ^ {WIDTH{b_negative}};

  wire [LOGARITHM-1:0] a_log;
  wire [LOGARITHM-1:0] b_log;
  binary_logarithm #(.WIDTH(WIDTH)) u_a (.value_i(a), .logarithm_o(a_log));
  binary_logarithm #(.WIDTH(WIDTH)) u_b (.value_i(b), .logarithm_o(b_log));
  wire [KEPT-1:0] a_kept = a_log[LOGARITHM-1:LOGARITHM-KEPT] | {{(KEPT - 1) {1'b0}}, 1'b1};
  wire [KEPT-1:0] b_kept = b_log[LOGARITHM-1:LOGARITHM-KEPT] | {{(KEPT - 1) {1'b0}}, 1'b1};
  generate
    if (KEPT < LOGARITHM) begin : g_unused
      wire unused_low = |{a_log[LOGARITHM-KEPT-1:0], b_log[LOGARITHM-KEPT-1:0]};
    end
  endgenerate

  wire [KEPT:0] sum = {1'b0, a_kept} + {1'b0, b_kept} + {{KEPT{1'b0}}, 1'b1};
  wire [2*WIDTH-1:0] product;
  antilogarithm #(
      .WIDTH(2 * WIDTH),
      .EXPONENT(EXPONENT + 1),
      .MANTISSA(FRACTION + 1),
      .FRACTION(FRACTION)
  ) u_antilogarithm (
      .exponent_i(sum[KEPT:FRACTION]),
      .mantissa_i({1'b1, sum[FRACTION-1:0]}),
      .value_o(product)
  );
  wire [2*WIDTH-1:0] magnitude = (|a && |b) ? product : {(2 * WIDTH) {1'b0}};
  assign p_o = magnitude ^ {(2 * WIDTH) {a_negative ^ b_negative}};
endmodule
