// DRUM (Hashemi et al., ICCAD 2015): each operand is cut to K bits from its leading one, the lowest kept bit forced to one,
// and the cut operands are multiplied exactly. Operands of at most K bits are kept as they are.
//
// Worked example, WIDTH = 8, K = 4: 200 = 1100_1000 -> 1101_0000 = 208; 100 = 0110_0100 -> 0110_1000 = 104; p = 21632.
module drum #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter K = 4       // bits kept, 2 to WIDTH
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (K < 2 || K > WIDTH) begin : g_bad_k
      illegal_K_must_be_2_to_WIDTH u_bad ();
    end
  endgenerate

  wire [WIDTH-1:0] a_cut;
  wire [WIDTH-1:0] b_cut;
  dynamic_segment #(.WIDTH(WIDTH), .K(K)) u_a (.value_i(a_i), .segment_o(a_cut));
  dynamic_segment #(.WIDTH(WIDTH), .K(K)) u_b (.value_i(b_i), .segment_o(b_cut));

  assign p_o = {{WIDTH{1'b0}}, a_cut} * {{WIDTH{1'b0}}, b_cut};
endmodule
