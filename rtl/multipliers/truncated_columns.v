// Array multiplier without its V low columns: partial products a[i] & b[j] with i + j < V are not formed. No correction.
//
// Worked example, WIDTH = 8, V = 7: 200 = 1100_1000, 100 = 0110_0100; only a[3] & b[2] lies below column 7; 20000 - 32 = 19968.
module truncated_columns #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter V = 4       // low columns dropped, 0 to 2*WIDTH-2
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (V < 0 || V > 2 * WIDTH - 2) begin : g_bad_v
      illegal_V_must_be_0_to_2_WIDTH_minus_2 u_bad ();
    end
  endgenerate

  wire [2*WIDTH*WIDTH-1:0] rows;
  partial_product_rows #(.WIDTH(WIDTH), .H(0), .V(V)) u_rows (.a_i(a_i), .b_i(b_i), .rows_o(rows));
  sum_of_words #(.WIDTH(2 * WIDTH), .COUNT(WIDTH)) u_sum (.words_i(rows), .sum_o(p_o));
endmodule
