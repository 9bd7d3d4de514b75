// SDLC of depth 2 (Qiqieh et al., DATE 2017): rows 2g and 2g+1 of the partial products are ORed in columns up to WIDTH-1+g,
// which leaves one row to add there.
//
// Worked example, WIDTH = 8: 200 * 3: rows 0_1100_1000 and 1_1001_0000 are ORed up to column 7, where both have a one; above,
// one row has column 8; 128 + 64 + 16 + 8 + 256 = 472 instead of 600.
module sdlc #(
    parameter WIDTH = 8  // bits of each operand, 2 to 16
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
  endgenerate

  localparam WORD = 2 * WIDTH;

  wire [WORD*WIDTH-1:0] rows;
  wire [WORD*WIDTH-1:0] words;
  partial_product_rows #(.WIDTH(WIDTH), .H(0), .V(0)) u_rows (.a_i(a_i), .b_i(b_i), .rows_o(rows));
  genvar j, c;
  generate
    for (j = 0; j + 1 < WIDTH; j = j + 2) begin : g_pair
      for (c = 0; c < WORD; c = c + 1) begin : g_column
        if (c < WIDTH + j / 2) begin : g_or
          assign words[j*WORD+c] = rows[j*WORD+c] | rows[(j+1)*WORD+c];
          assign words[(j+1)*WORD+c] = 1'b0;
        end else begin : g_both
          assign words[j*WORD+c] = rows[j*WORD+c];
          assign words[(j+1)*WORD+c] = rows[(j+1)*WORD+c];
        end
      end
    end
    if (WIDTH % 2 != 0) begin : g_last
      assign words[WORD*WIDTH-1:WORD*(WIDTH-1)] = rows[WORD*WIDTH-1:WORD*(WIDTH-1)];
    end
  endgenerate
  sum_of_words #(.WIDTH(WORD), .COUNT(WIDTH)) u_sum (.words_i(words), .sum_o(p_o));
endmodule
