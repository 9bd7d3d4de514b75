// Broken-array multiplier BAM(H, V) (Mahdiani et al., IEEE TCAS-I 2010): partial products a[i] & b[j] with j < H or i + j < V
// are not formed.
//
// Worked example, WIDTH = 8, H = 3, V = 7: 200 * 100 with b = 0110_0100: row 2 is dropped, 20000 - 4 * 200 = 19200;
// rows 5 and 6 have no set bit below column 7.
module broken_array #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter H = 2,      // low rows dropped, 0 to WIDTH-1
    parameter V = 5       // low columns dropped, 0 to 2*WIDTH-2
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (H < 0 || H > WIDTH - 1) begin : g_bad_h
      illegal_H_must_be_0_to_WIDTH_minus_1 u_bad ();
    end
    if (V < 0 || V > 2 * WIDTH - 2) begin : g_bad_v
      illegal_V_must_be_0_to_2_WIDTH_minus_2 u_bad ();
    end
  endgenerate

  wire [2*WIDTH*WIDTH-1:0] rows;
  partial_product_rows #(.WIDTH(WIDTH), .H(H), .V(V)) u_rows (.a_i(a_i), .b_i(b_i), .rows_o(rows));
  sum_of_words #(.WIDTH(2 * WIDTH), .COUNT(WIDTH)) u_sum (.words_i(rows), .sum_o(p_o));
endmodule
