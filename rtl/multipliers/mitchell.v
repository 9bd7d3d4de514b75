// Mitchell's logarithmic multiplier (IRE Transactions on Electronic Computers, 1962): piecewise linear logarithms of both
// operands are added, and 2^(k + x), taken as 2^k * (1 + x), is the product. A carry out of the fractions raises k by itself.
// An operand of zero gives zero.
//
// Worked example, WIDTH = 8: 200 -> 7 + 72/128, 100 -> 6 + 72/128; sum 14 + 16/128; p = 2^14 * 144/128 = 18432.
module mitchell #(
    parameter WIDTH = 8  // bits of each operand, 2 to 16
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
  endgenerate

  localparam FRACTION = WIDTH - 1;
  localparam LOGARITHM = FRACTION + $clog2(WIDTH);

  wire [LOGARITHM-1:0] a_log;
  wire [LOGARITHM-1:0] b_log;
  binary_logarithm #(.WIDTH(WIDTH)) u_a (.value_i(a_i), .logarithm_o(a_log));
  binary_logarithm #(.WIDTH(WIDTH)) u_b (.value_i(b_i), .logarithm_o(b_log));
  wire [LOGARITHM:0] sum = {1'b0, a_log} + {1'b0, b_log};

  // 1.x shifted left by k has FRACTION bits behind its point; they are cut off, and are zero (see the golden model).
  wire [2*WIDTH+FRACTION-1:0] scaled = {{(2 * WIDTH - 1) {1'b0}}, 1'b1, sum[FRACTION-1:0]} << sum[LOGARITHM:FRACTION];
  wire [FRACTION-1:0] unused_fraction = scaled[FRACTION-1:0];

  assign p_o = (|a_i && |b_i) ? scaled[2*WIDTH+FRACTION-1:FRACTION] : {(2 * WIDTH) {1'b0}};
endmodule
