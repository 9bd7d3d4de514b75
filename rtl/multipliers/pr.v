// PR(K, M) (Leon et al., DAC 2019): the K lowest radix-4 Booth digits of b are not formed, which leaves b rounded to a
// multiple of 4^K, halves up; a is rounded likewise to a multiple of 2^M. The product port is one bit wider unless both
// operands are signed, since an unsigned operand may round up to 2^WIDTH.
//
// Worked example, WIDTH = 8, signed, K = 1, M = 2: a = 100 -> 100, b = -55 -> -56; p = -5600.
module pr #(
    parameter WIDTH = 8,     // bits of each operand, 4 to 16
    parameter A_SIGNED = 0,  // 1: a is two's complement
    parameter B_SIGNED = 0,  // 1: b is two's complement
    parameter K = 1,         // Booth digits dropped, 0 to (WIDTH-1)/2
    parameter M = 2          // bit of the rounding, 0 to WIDTH-1
) (
    input  wire [WIDTH-1:0]                                             a_i,
    input  wire [WIDTH-1:0]                                             b_i,
    output wire [2*WIDTH-((A_SIGNED != 0 && B_SIGNED != 0) ? 1 : 0):0] p_o
);
  generate
    if (WIDTH < 4 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_4_to_16 u_bad ();
    end
    if (K < 0 || K > (WIDTH - 1) / 2) begin : g_bad_k
      illegal_K_must_be_0_to_half_of_WIDTH_minus_1 u_bad ();
    end
    if (M < 0 || M > WIDTH - 1) begin : g_bad_m
      illegal_M_must_be_0_to_WIDTH_minus_1 u_bad ();
    end
  endgenerate

  // Everything is extended to the product's width, modulo which any signs come out right.
  localparam PRODUCT = 2 * WIDTH + ((A_SIGNED != 0 && B_SIGNED != 0) ? 0 : 1);
  wire a_fill = (A_SIGNED != 0) & a_i[WIDTH-1];
  wire b_fill = (B_SIGNED != 0) & b_i[WIDTH-1];
  wire [PRODUCT-1:0] a = {{(PRODUCT - WIDTH) {a_fill}}, a_i};
  wire [PRODUCT-1:0] b = {{(PRODUCT - WIDTH) {b_fill}}, b_i};
  wire [PRODUCT-1:0] one = {{(PRODUCT - 1) {1'b0}}, 1'b1};
  wire [PRODUCT-1:0] a_rounded = ((a + ((one << M) >> 1)) >> M) << M;
  wire [PRODUCT-1:0] b_rounded = ((b + ((one << (2 * K)) >> 1)) >> (2 * K)) << (2 * K);
  assign p_o = a_rounded * b_rounded;
endmodule
