// ABM-M1 (Venkatachalam et al., IEEE TC 2019): radix-4 Booth multiplier whose rows are not doubled in the product's columns
// below M, and whose negative rows get the one of the two's complement by OR. Products of unsigned operands have a sign, too.
//
// Worked example, WIDTH = 8, signed, M = 4: 100 * 2, digits 1 and -2: row 0 is ~200 = -201 with the four low bits of ~100 =
// -101, which is -197 and odd; row 1 is 100 * 4; p = 203.
module abm #(
    parameter WIDTH = 8,     // bits of each operand, 4 to 16
    parameter A_SIGNED = 0,  // 1: a is two's complement
    parameter B_SIGNED = 0,  // 1: b is two's complement
    parameter M = 4          // columns without doubled rows, 0 to WIDTH
) (
    input  wire [WIDTH-1:0]                                              a_i,
    input  wire [WIDTH-1:0]                                              b_i,
    output wire [2*WIDTH+((A_SIGNED != 0 && B_SIGNED != 0) ? 0 : 2)-1:0] p_o
);
  generate
    if (WIDTH < 4 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_4_to_16 u_bad ();
    end
    if (M < 0 || M > WIDTH) begin : g_bad_m
      illegal_M_must_be_0_to_WIDTH u_bad ();
    end
  endgenerate

  localparam WORD = 2 * WIDTH + ((A_SIGNED != 0 && B_SIGNED != 0) ? 0 : 2);
  localparam DIGITS = WIDTH / 2 + 1;  // also for unsigned operands; the top digit of signed ones of even width is zero

  wire a_fill = (A_SIGNED != 0) & a_i[WIDTH-1];
  wire b_fill = (B_SIGNED != 0) & b_i[WIDTH-1];
  wire [WORD-1:0] a = {{(WORD - WIDTH) {a_fill}}, a_i};
  wire [2*DIGITS:0] b = {{(2 * DIGITS - WIDTH) {b_fill}}, b_i, 1'b0};

  wire [DIGITS*WORD-1:0] words;
  genvar i;
  generate
    for (i = 0; i < DIGITS; i = i + 1) begin : g_row
      wire negative;
      wire one;
      wire two;
      booth_digit u_digit (.bits_i(b[2*i+2:2*i]), .negative_o(negative), .one_o(one), .two_o(two));
      wire [WORD-1:0] exact = (a & {WORD{one}} | a << 1 & {WORD{two}}) ^ {WORD{negative}};
      wire [WORD-1:0] single = (a & {WORD{one | two}}) ^ {WORD{negative}};
      wire [WORD-1:0] upper = {WORD{1'b1}} << (M > 2 * i ? M - 2 * i : 0);
      wire [WORD-1:0] row = exact & upper | single & ~upper | {{(WORD - 1) {1'b0}}, negative};
      assign words[(i+1)*WORD-1:i*WORD] = row << (2 * i);
    end
  endgenerate
  sum_of_words #(.WIDTH(WORD), .COUNT(DIGITS)) u_sum (.words_i(words), .sum_o(p_o));
endmodule
