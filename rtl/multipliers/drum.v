// DRUM (Hashemi et al., ICCAD 2015): each operand is cut to K bits from its leading one, the lowest kept bit forced to one,
// and the cut operands are multiplied exactly. Operands of at most K bits are kept as they are.
//
// Worked example, WIDTH = 8, K = 4: 200 = 1100_1000 -> 1101 << 4; 100 = 0110_0100 -> 1101 << 3; p = 13 * 13 << 7 = 21632.
module drum #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter K = 4       // bits kept, 3 to WIDTH (2 if WIDTH is 2)
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (K < (WIDTH < 3 ? WIDTH : 3) || K > WIDTH) begin : g_bad_k
      illegal_K_must_be_3_to_WIDTH u_bad ();
    end
  endgenerate

  wire [K-1:0] a_segment;
  wire [K-1:0] b_segment;
  wire [3:0] a_shift;
  wire [3:0] b_shift;
  dynamic_segment #(.WIDTH(WIDTH), .K(K)) u_a (.value_i(a_i), .segment_o(a_segment), .shift_o(a_shift));
  dynamic_segment #(.WIDTH(WIDTH), .K(K)) u_b (.value_i(b_i), .segment_o(b_segment), .shift_o(b_shift));

  // What saves area: the product has K x K bits, and one shifter puts it in its place.
  wire [2*K-1:0] product = {{K{1'b0}}, a_segment} * {{K{1'b0}}, b_segment};
  wire [4:0] shift = {1'b0, a_shift} + {1'b0, b_shift};
  generate
    if (K < WIDTH) begin : g_cut
      assign p_o = {{(2 * WIDTH - 2 * K) {1'b0}}, product} << shift;
    end else begin : g_whole
      assign p_o = product;
      wire unused_shift = |shift;
    end
  endgenerate
endmodule
