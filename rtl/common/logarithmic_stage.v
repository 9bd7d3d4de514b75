// One stage of an iterative logarithmic multiplier: with each operand the sum of its leading one and a residue, the product
// without that of the residues. The operands' residues go to the next stage.
//
// Worked example, WIDTH = 8: a = 200 = 128 + 72, b = 100 = 64 + 36 -> product 128*64 + 72*64 + 36*128 = 17408, residues 72, 36.
module logarithmic_stage #(
    parameter WIDTH = 8
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [WIDTH-1:0]   a_residue_o,
    output wire [WIDTH-1:0]   b_residue_o,
    output wire [2*WIDTH-1:0] p_o
);
  wire [WIDTH-1:0] a_leading;
  wire [WIDTH-1:0] b_leading;
  leading_one #(.WIDTH(WIDTH)) u_a (.value_i(a_i), .onehot_o(a_leading));
  leading_one #(.WIDTH(WIDTH)) u_b (.value_i(b_i), .onehot_o(b_leading));
  assign a_residue_o = a_i & ~a_leading;
  assign b_residue_o = b_i & ~b_leading;

  // 2^ka * b + 2^kb * ra has all three terms; if an operand is zero, so are its mask and both of them.
  wire [2*WIDTH-2:0] whole;
  wire [2*WIDTH-2:0] crossed;
  shift_by_onehot #(.WIDTH(WIDTH), .PLACES(WIDTH)) u_whole (.value_i(b_i), .onehot_i(a_leading), .shifted_o(whole));
  shift_by_onehot #(.WIDTH(WIDTH), .PLACES(WIDTH)) u_crossed (.value_i(a_residue_o), .onehot_i(b_leading), .shifted_o(crossed));
  assign p_o = {1'b0, whole} + {1'b0, crossed};
endmodule
