// Partial product perforation (Zervakis et al., IEEE TVLSI 2016): rows J to J+K-1 of the array, which belong to those bits of
// b, are not formed.
//
// Worked example, WIDTH = 8, J = 1, K = 2: b = 100 = 0110_0100 loses row 2 -> 0110_0000 = 96; p = 200 * 96 = 19200.
module perforation #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter J = 1,      // first row dropped, 0 to WIDTH-1
    parameter K = 2       // rows dropped, 1 to WIDTH-1
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (J < 0 || J > WIDTH - 1) begin : g_bad_j
      illegal_J_must_be_0_to_WIDTH_minus_1 u_bad ();
    end
    if (K < 1 || K > WIDTH - 1) begin : g_bad_k
      illegal_K_must_be_1_to_WIDTH_minus_1 u_bad ();
    end
  endgenerate

  wire [WIDTH-1:0] kept;
  genvar i;
  generate
    for (i = 0; i < WIDTH; i = i + 1) begin : g_row
      assign kept[i] = b_i[i] & ((i < J) | (i >= J + K));
    end
  endgenerate
  assign p_o = {{WIDTH{1'b0}}, a_i} * {{WIDTH{1'b0}}, kept};
endmodule
