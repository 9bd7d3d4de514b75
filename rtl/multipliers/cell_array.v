// Array of approximate 2x2 cells (M2 is that of Rehman et al., ICCAD 2016), one for every pair of base-4 digits,
// their shifted results added exactly. The product port has one bit more for M = 3, which overestimates.
//
// Worked example, WIDTH = 4, M = 3: 7 * 7, digits 1 and 3: cells 1*1 = 1, 1*3 = 3, 3*1 = 3, 3*3 = 11; 16 + 12 + 12 + 11 = 51.
module cell_array #(
    parameter WIDTH = 8,  // bits of each operand, even, 2 to 16
    parameter M = 2       // which cell, 2 to 4
) (
    input  wire [WIDTH-1:0] a_i,
    input  wire [WIDTH-1:0] b_i,
    output wire [2*WIDTH:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16 || WIDTH % 2 != 0) begin : g_bad_width
      illegal_WIDTH_must_be_even_2_to_16 u_bad ();
    end
    if (M < 2 || M > 4) begin : g_bad_m
      illegal_M_must_be_2_to_4 u_bad ();
    end
  endgenerate

  localparam DIGITS = WIDTH / 2;
  localparam WORD = 2 * WIDTH + 1;

  wire [DIGITS*DIGITS*WORD-1:0] words;
  genvar i, j;
  generate
    for (i = 0; i < DIGITS; i = i + 1) begin : g_a
      for (j = 0; j < DIGITS; j = j + 1) begin : g_b
        wire [3:0] digit;
        small_cell #(.M(M)) u_cell (.a_i(a_i[2*i+1:2*i]), .b_i(b_i[2*j+1:2*j]), .p_o(digit));
        assign words[(i*DIGITS+j+1)*WORD-1:(i*DIGITS+j)*WORD] = {{(WORD - 4) {1'b0}}, digit} << (2 * (i + j));
      end
    end
  endgenerate
  sum_of_words #(.WIDTH(WORD), .COUNT(DIGITS * DIGITS)) u_sum (.words_i(words), .sum_o(p_o));
endmodule
