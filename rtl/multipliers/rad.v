// RAD-2^K (Leon et al., IEEE TVLSI 2018): b is an exact upper part and a signed digit of K bits, of which only the sign and the
// nearest power of two, in units of 2^(K-4), is multiplied.
//
// Worked example, WIDTH = 8, signed, K = 6: b = -55 = -1 * 64 + 9, 9 -> 8; a = 100: p = -6400 + 800 = -5600.
module rad #(
    parameter WIDTH = 8,     // bits of each operand, 4 to 16
    parameter A_SIGNED = 0,  // 1: a is two's complement
    parameter B_SIGNED = 0,  // 1: b is two's complement
    parameter K = 6          // bits of the digit, 4 to WIDTH
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 4 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_4_to_16 u_bad ();
    end
    if (K < 4 || K > WIDTH) begin : g_bad_k
      illegal_K_must_be_4_to_WIDTH u_bad ();
    end
  endgenerate

  localparam WORD = 2 * WIDTH;

  wire a_fill = (A_SIGNED != 0) & a_i[WIDTH-1];
  wire b_fill = (B_SIGNED != 0) & b_i[WIDTH-1];
  wire [WORD-1:0] a = {{WIDTH{a_fill}}, a_i};
  wire [WORD-1:0] b = {{WIDTH{b_fill}}, b_i};

  // A negative digit borrows one from the upper part. What its shift brings in from the left, the product shifts out again.
  wire negative = b_i[K-1];
  wire [WORD-1:0] upper = (b >> K) + {{(WORD - 1) {1'b0}}, negative};
  wire [WORD-1:0] upper_product = (a * upper) << K;

  wire [3:0] units;
  high_radix_digit #(.K(K)) u_digit (.size_i(negative ? -b_i[K-1:0] : b_i[K-1:0]), .units_o(units));
  wire [WORD-1:0] low_product = (a & {WORD{units[0]}} | a << 1 & {WORD{units[1]}} | a << 2 & {WORD{units[2]}} |
                                 a << 3 & {WORD{units[3]}}) << (K - 4);
  assign p_o = negative ? upper_product - low_product : upper_product + low_product;
endmodule
