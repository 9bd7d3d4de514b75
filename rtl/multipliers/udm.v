// Underdesigned multiplier (Kulkarni et al., VLSI Design 2011): 2x2 cells with 3 * 3 -> 7 on every pair of base-4 digits,
// their shifted results added exactly; with exact adders the flat sum equals the paper's recursive construction.
//
// Worked example, WIDTH = 4: 7 * 7, digits 1 and 3: cells 1*1 = 1, 1*3 = 3, 3*1 = 3, 3*3 = 7; 16 + 12 + 12 + 7 = 47, not 49.
module udm #(
    parameter WIDTH = 8  // bits of each operand, even, 2 to 16
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16 || WIDTH % 2 != 0) begin : g_bad_width
      illegal_WIDTH_must_be_even_2_to_16 u_bad ();
    end
  endgenerate

  localparam DIGITS = WIDTH / 2;
  localparam WORD = 2 * WIDTH;

  wire [DIGITS*DIGITS*WORD-1:0] words;
  genvar i, j;
  generate
    for (i = 0; i < DIGITS; i = i + 1) begin : g_a
      for (j = 0; j < DIGITS; j = j + 1) begin : g_b
        wire [2:0] digit;
        udm_cell u_cell (.a_i(a_i[2*i+1:2*i]), .b_i(b_i[2*j+1:2*j]), .p_o(digit));
        assign words[(i*DIGITS+j+1)*WORD-1:(i*DIGITS+j)*WORD] = {{(WORD - 3) {1'b0}}, digit} << (2 * (i + j));
      end
    end
  endgenerate
  sum_of_words #(.WIDTH(WORD), .COUNT(DIGITS * DIGITS)) u_sum (.words_i(words), .sum_o(p_o));
endmodule
