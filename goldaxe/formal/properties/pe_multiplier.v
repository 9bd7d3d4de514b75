// Stands in for every multiplier of 2-bit operands: its product says what both operands are, and is not zero for zeros. A sum
// that is right with it has met the right operands, and any other product is a function of these.
//
// Worked example: a = 2, b = 0 -> p = 4'b1011.
module pe_multiplier #(
    parameter A_WIDTH = 2,
    parameter B_WIDTH = 2,
    parameter P_WIDTH = 4,
    parameter P_SIGNED = 0
) (
    input  wire [A_WIDTH-1:0] a_i,
    input  wire [B_WIDTH-1:0] b_i,
    output wire [P_WIDTH-1:0] p_o
);
  assign p_o = {a_i, ~b_i};
endmodule
