// 2x2-bit multipliers with few wrong products. M = 2: 1*1 -> 0, 1*3 and 3*1 -> 2; M = 3: 3*3 -> 11; M = 4: 3*3 -> 5.
//
// Worked example: 3 * 3 = 4'd9 for M = 2, 4'd11 for M = 3, 4'd5 for M = 4; 2 * 3 = 4'd6 for all.
module small_cell #(
    parameter M = 2  // 2 to 4
) (
    input  wire [1:0] a_i,
    input  wire [1:0] b_i,
    output wire [3:0] p_o
);
  wire high = a_i[1] & b_i[1];
  wire low = a_i[0] & b_i[0];
  wire left = a_i[1] & b_i[0];
  wire right = a_i[0] & b_i[1];
  generate
    if (M == 2) begin : g_low_bit_is_high_bit
      assign p_o = {high & low, high & ~low, left ^ right, high & low};
    end else if (M == 3) begin : g_eleven
      assign p_o = {high & low, high & ~low, left | right, low};
    end else begin : g_five
      assign p_o = {1'b0, high, left ^ right, low};
    end
  endgenerate
endmodule
