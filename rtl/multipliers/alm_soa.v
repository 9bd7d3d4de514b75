// ALM-SOA (Liu et al., IEEE TCAS-I 2018): Mitchell's multiplier whose logarithms meet in a set-one adder, which makes the W low
// bits of the sum ones and adds the rest with the carry a[W-1] & b[W-1].
//
// Worked example, WIDTH = 8, W = 4: 200 -> 7 + 1001000b/128, 100 -> 6 + 1001000b/128; sum 14 + 0011111b/128;
// p = 2^14 * 159/128 = 20352.
module alm_soa #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter W = 4       // ones, 1 to WIDTH-1
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (W < 1 || W > WIDTH - 1) begin : g_bad_w
      illegal_W_must_be_1_to_WIDTH_minus_1 u_bad ();
    end
  endgenerate

  localparam FRACTION = WIDTH - 1;
  localparam EXPONENT = $clog2(WIDTH);
  localparam LOGARITHM = EXPONENT + FRACTION;
  localparam UPPER = LOGARITHM - W;

  wire [LOGARITHM-1:0] a_log;
  wire [LOGARITHM-1:0] b_log;
  binary_logarithm #(.WIDTH(WIDTH)) u_a (.value_i(a_i), .logarithm_o(a_log));
  binary_logarithm #(.WIDTH(WIDTH)) u_b (.value_i(b_i), .logarithm_o(b_log));

  wire carry = a_log[W-1] & b_log[W-1];
  wire [UPPER:0] upper = {1'b0, a_log[LOGARITHM-1:W]} + {1'b0, b_log[LOGARITHM-1:W]} + {{UPPER{1'b0}}, carry};
  wire [LOGARITHM:0] sum = {upper, {W{1'b1}}};
  generate
    if (W > 1) begin : g_unused
      wire unused_low = |{a_log[W-2:0], b_log[W-2:0]};
    end
  endgenerate

  wire [2*WIDTH-1:0] product;
  antilogarithm #(
      .WIDTH(2 * WIDTH),
      .EXPONENT(EXPONENT + 1),
      .MANTISSA(FRACTION + 1),
      .FRACTION(FRACTION)
  ) u_antilogarithm (
      .exponent_i(sum[LOGARITHM:FRACTION]),
      .mantissa_i({1'b1, sum[FRACTION-1:0]}),
      .value_o(product)
  );
  assign p_o = (|a_i && |b_i) ? product : {(2 * WIDTH) {1'b0}};
endmodule
