// Array multiplier whose rows a tree of approximate 4:2 compressors brings down to two, which are added exactly. Cells stand
// where all four rows of a group have an entry; see compressor_row for their sources. The tree's wiring is ours.
//
// Worked example, WIDTH = 4, CELL = 4: 15 * 15: the four ones of column 3 count as three; p = 225 - 8 = 217.
module compressor_tree #(
    parameter WIDTH = 8,  // bits of each operand: 4, 8 or 16
    parameter CELL = 4    // 1 Momeni (2), 2 Akbari, 3 Esposito, 4 Yang, 5 Venkatachalam, 6 Momeni (1)
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH != 4 && WIDTH != 8 && WIDTH != 16) begin : g_bad_width
      illegal_WIDTH_must_be_4_8_or_16 u_bad ();
    end
    if (CELL < 1 || CELL > 6) begin : g_bad_cell
      illegal_CELL_must_be_1_to_6 u_bad ();
    end
  endgenerate

  localparam WORD = 2 * WIDTH;

  // Columns in which the words of a stage's first group have entries: four rows, each one column left of the one before; later
  // two sums and two carries, of which the second are 4 or 8 columns left of the first. A sum has entries where one word has,
  // a carry left of where two have.
  localparam [WORD-1:0] ROW = {{WIDTH{1'b0}}, {WIDTH{1'b1}}};
  localparam [WORD-1:0] FULL_A = ROW & ROW << 1 & ROW << 2 & ROW << 3;
  localparam [WORD-1:0] SUM_A = ROW | ROW << 1 | ROW << 2 | ROW << 3;
  localparam [WORD-1:0] CARRY_A = (ROW & ROW << 1 | ROW << 2 & ROW << 3 | (ROW | ROW << 1) & (ROW << 2 | ROW << 3)) << 1;
  localparam [WORD-1:0] FULL_B = SUM_A & CARRY_A & SUM_A << 4 & CARRY_A << 4;
  localparam [WORD-1:0] SUM_B = SUM_A | CARRY_A | SUM_A << 4 | CARRY_A << 4;
  localparam [WORD-1:0] CARRY_B =
      (SUM_A & CARRY_A | SUM_A << 4 & CARRY_A << 4 | (SUM_A | CARRY_A) & (SUM_A << 4 | CARRY_A << 4)) << 1;
  localparam [WORD-1:0] FULL_C = SUM_B & CARRY_B & SUM_B << 8 & CARRY_B << 8;

  wire [WIDTH*WORD-1:0] rows;
  wire [WIDTH/2*WORD-1:0] after_a;
  wire [2*WORD-1:0] last;
  partial_product_rows #(.WIDTH(WIDTH), .H(0), .V(0)) u_rows (.a_i(a_i), .b_i(b_i), .rows_o(rows));
  compressor_stage #(.WIDTH(WORD), .GROUPS(WIDTH / 4), .CELL(CELL), .STEP(4), .FULL(FULL_A)) u_a (
      .words_i(rows),
      .words_o(after_a)
  );
  generate
    if (WIDTH == 4) begin : g_one_stage
      assign last = after_a;
    end else if (WIDTH == 8) begin : g_two_stages
      compressor_stage #(.WIDTH(WORD), .GROUPS(1), .CELL(CELL), .STEP(8), .FULL(FULL_B)) u_b (
          .words_i(after_a),
          .words_o(last)
      );
    end else begin : g_three_stages
      wire [WIDTH/4*WORD-1:0] after_b;
      compressor_stage #(.WIDTH(WORD), .GROUPS(WIDTH / 8), .CELL(CELL), .STEP(8), .FULL(FULL_B)) u_b (
          .words_i(after_a),
          .words_o(after_b)
      );
      compressor_stage #(.WIDTH(WORD), .GROUPS(1), .CELL(CELL), .STEP(16), .FULL(FULL_C)) u_c (
          .words_i(after_b),
          .words_o(last)
      );
    end
  endgenerate
  sum_of_words #(.WIDTH(WORD), .COUNT(2)) u_sum (.words_i(last), .sum_o(p_o));
endmodule
