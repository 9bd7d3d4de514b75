// R4ABM1 (E = 1) and R4ABM2 (E = 2) (Liu et al., IEEE TC 2017): radix-4 Booth multiplier whose rows have, in the product's
// columns below P, (b[2i] ^ b[2i-1]) & (a[j] ^ b[2i+1]), or just a[j] ^ b[2i+1]. Products of unsigned operands have a sign,
// too.
//
// Worked example, WIDTH = 8, signed, E = 2, P = 4: 103 * 1, digits 1, 0, 0, 0: row 0 is 103, and row 1 has the two low bits of
// 103 in columns 2 and 3; p = 103 + 3 * 4 = 115.
module r4abm #(
    parameter WIDTH = 8,     // bits of each operand, 4 to 16
    parameter A_SIGNED = 0,  // 1: a is two's complement
    parameter B_SIGNED = 0,  // 1: b is two's complement
    parameter E = 1,         // which encoder, 1 or 2
    parameter P = 6          // columns with that encoder, 0 to WIDTH
) (
    input  wire [WIDTH-1:0]                                              a_i,
    input  wire [WIDTH-1:0]                                              b_i,
    output wire [2*WIDTH+((A_SIGNED != 0 && B_SIGNED != 0) ? 0 : 2)-1:0] p_o
);
  generate
    if (WIDTH < 4 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_4_to_16 u_bad ();
    end
    if (E < 1 || E > 2) begin : g_bad_e
      illegal_E_must_be_1_or_2 u_bad ();
    end
    if (P < 0 || P > WIDTH) begin : g_bad_p
      illegal_P_must_be_0_to_WIDTH u_bad ();
    end
  endgenerate

  localparam WORD = 2 * WIDTH + ((A_SIGNED != 0 && B_SIGNED != 0) ? 0 : 2);
  localparam DIGITS = WIDTH / 2 + 1;  // also for unsigned operands; the top digit of signed ones of even width is zero

  wire a_fill = (A_SIGNED != 0) & a_i[WIDTH-1];
  wire b_fill = (B_SIGNED != 0) & b_i[WIDTH-1];
  wire [WORD-1:0] a = {{(WORD - WIDTH) {a_fill}}, a_i};
  wire [2*DIGITS:0] b = {{(2 * DIGITS - WIDTH) {b_fill}}, b_i, 1'b0};

  // A word for each row, and one for the ones that complete the negative rows.
  wire [(DIGITS+1)*WORD-1:0] words;
  wire [WORD-1:0] completion;
  assign words[(DIGITS+1)*WORD-1:DIGITS*WORD] = completion;
  assign completion[WORD-1:2*DIGITS] = {(WORD - 2 * DIGITS) {1'b0}};
  genvar i;
  generate
    for (i = 0; i < DIGITS; i = i + 1) begin : g_row
      wire unused_negative;  // false for 111, whose row is -1 + 1 here
      wire one;
      wire two;
      booth_digit u_digit (.bits_i(b[2*i+2:2*i]), .negative_o(unused_negative), .one_o(one), .two_o(two));
      wire flip = b[2*i+2];
      wire [WORD-1:0] exact = (a & {WORD{one}} | a << 1 & {WORD{two}}) ^ {WORD{flip}};
      wire [WORD-1:0] approximate = (a ^ {WORD{flip}}) & {WORD{one | (E == 2)}};
      wire [WORD-1:0] upper = {WORD{1'b1}} << (P > 2 * i ? P - 2 * i : 0);
      assign words[(i+1)*WORD-1:i*WORD] = (exact & upper | approximate & ~upper) << (2 * i);
      assign completion[2*i+1:2*i] = {1'b0, flip};
    end
  endgenerate
  sum_of_words #(.WIDTH(WORD), .COUNT(DIGITS + 1)) u_sum (.words_i(words), .sum_o(p_o));
endmodule
