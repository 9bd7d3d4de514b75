// 2x2-bit multiplier of Kulkarni et al. (VLSI Design 2011): exact, but 3 * 3 gives 7, so that three output bits suffice.
//
// Worked example: 2 * 3 = 3'b110 (6); 3 * 3 = 3'b111 (7 instead of 9).
module udm_cell (
    input  wire [1:0] a_i,
    input  wire [1:0] b_i,
    output wire [2:0] p_o
);
  assign p_o = {a_i[1] & b_i[1], (a_i[1] & b_i[0]) | (a_i[0] & b_i[1]), a_i[0] & b_i[0]};
endmodule
