// The multiplier of every processing element. This file holds the exact one, with unsigned activations, and stands in for the
// generated file of the same name that wraps any other multiplier: same ports, same parameters. A multiplier's widths and the
// product's sign are given, not chosen; the parameters are there so that an array made for other ones does not elaborate.
//
// Worked example, P_SIGNED = 1: a = 200, b = 8'h9c (-100) -> p = 16'hb1e0 (-20000); P_SIGNED = 0: b is 156, p = 31200.
module pe_multiplier #(
    parameter A_WIDTH = 8,   // bits of the activation, 2 to 16
    parameter B_WIDTH = 8,   // bits of the weight, as many
    parameter P_WIDTH = 16,  // bits of the product, twice as many
    parameter P_SIGNED = 1   // 1: weight and product are two's complement
) (
    input  wire [A_WIDTH-1:0] a_i,
    input  wire [B_WIDTH-1:0] b_i,
    output wire [P_WIDTH-1:0] p_o
);
  generate
    if (B_WIDTH != A_WIDTH) begin : g_bad_weight
      illegal_B_WIDTH_must_be_A_WIDTH u_bad ();
    end
    if (P_WIDTH != 2 * A_WIDTH) begin : g_bad_product
      illegal_P_WIDTH_must_be_2_A_WIDTH u_bad ();
    end
  endgenerate

  exact #(.WIDTH(A_WIDTH), .A_SIGNED(0), .B_SIGNED(P_SIGNED)) u_exact (.a_i(a_i), .b_i(b_i), .p_o(p_o));
endmodule
