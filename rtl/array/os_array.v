// ROWS x COLS processing elements, output stationary: element (r, c) adds up f(a[r], b[c]) over all steps of a tile.
//
// All edges are skewed, see os_unit for the same with straight ones: what enters row 0 and column 0 in cycle n, enters row r at
// n + r from the left, and column c at n + c from above, so that the pairs of a step meet in element (r, c) at n + r + c. Results
// leave below, the last row's first. shift_i moves row r's results down to row r + 1, in column c after c cycles.
//
// Worked example, 2 x 2, exact multiplier: a tile of one step, a = {5, 6} down the rows and b = {3, 4} across, in cycle 0. The
// results are 15 and 20 in row 0, 18 and 24 in row 1; column 0 gives 18 in cycle 3 and, with shift_i = 2'b10 in cycle 3, 15 in cycle
// 4; column 1 gives 24 in cycle 4 and 20 in cycle 5.
module os_array #(
    parameter ROWS = 4,        // 1 to 256
    parameter COLS = 4,        // 1 to 256
    parameter A_WIDTH = 8,     // bits of an activation
    parameter B_WIDTH = 8,     // bits of a weight
    parameter P_WIDTH = 16,    // bits of a product
    parameter P_SIGNED = 1,    // 1: products are two's complement
    parameter ACC_WIDTH = 32,  // bits of a sum, 8 to 32
    parameter SATURATE = 0     // 1: sums are clamped, 0: they wrap around
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,
    input  wire [ROWS-1:0]           valid_i,    // left edge, bit and slice r for row r
    input  wire [ROWS-1:0]           first_i,
    input  wire [ROWS-1:0]           last_i,
    input  wire [ROWS*A_WIDTH-1:0]   a_i,
    input  wire [COLS*B_WIDTH-1:0]   b_i,        // upper edge, bit and slice c for column c
    input  wire [COLS-1:0]           b_valid_i,
    input  wire [ROWS-1:0]           shift_i,    // for column 0
    output wire [COLS*ACC_WIDTH-1:0] result_o    // lower edge
);
  generate
    if (ROWS < 1 || ROWS > 256) begin : g_bad_rows
      illegal_ROWS_must_be_1_to_256 u_bad ();
    end
    if (COLS < 1 || COLS > 256) begin : g_bad_cols
      illegal_COLS_must_be_1_to_256 u_bad ();
    end
  endgenerate

  // Nets between elements. Across: index r * (COLS+1) + c lies to the left of column c. Down: r * COLS + c lies above row r.
  localparam ACROSS = ROWS * (COLS + 1);
  localparam DOWN = (ROWS + 1) * COLS;
  wire [ACROSS-1:0] valid;
  wire [ACROSS-1:0] first;
  wire [ACROSS-1:0] last;
  wire [ACROSS*A_WIDTH-1:0] a;
  wire [DOWN*B_WIDTH-1:0] b;
  wire [DOWN-1:0] b_valid;
  wire [DOWN*ACC_WIDTH-1:0] result;
  wire [COLS*ROWS-1:0] shift;  // slice c: rows of column c

  assign b[COLS*B_WIDTH-1:0] = b_i;
  assign b_valid[COLS-1:0] = b_valid_i;
  assign result[COLS*ACC_WIDTH-1:0] = {(COLS * ACC_WIDTH) {1'b0}};
  assign result_o = result[DOWN*ACC_WIDTH-1:ROWS*COLS*ACC_WIDTH];
  wire unused_weights = (|b[DOWN*B_WIDTH-1:ROWS*COLS*B_WIDTH]) | (|b_valid[DOWN-1:ROWS*COLS]);

  genvar r, c;
  generate
    for (c = 0; c < COLS; c = c + 1) begin : g_shift
      delay_line #(.WIDTH(ROWS), .CYCLES(c)) u_delay (
          .clk_i(clk_i), .rst_ni(rst_ni), .value_i(shift_i), .value_o(shift[(c+1)*ROWS-1:c*ROWS])
      );
    end
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      localparam LEFT = r * (COLS + 1);
      localparam RIGHT = LEFT + COLS;
      assign valid[LEFT] = valid_i[r];
      assign first[LEFT] = first_i[r];
      assign last[LEFT] = last_i[r];
      assign a[(LEFT+1)*A_WIDTH-1:LEFT*A_WIDTH] = a_i[(r+1)*A_WIDTH-1:r*A_WIDTH];
      wire unused_right = valid[RIGHT] | first[RIGHT] | last[RIGHT] | (|a[(RIGHT+1)*A_WIDTH-1:RIGHT*A_WIDTH]);

      for (c = 0; c < COLS; c = c + 1) begin : g_col
        localparam HERE = LEFT + c;
        localparam ABOVE = r * COLS + c;
        localparam BELOW = ABOVE + COLS;
        os_pe #(
            .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED),
            .ACC_WIDTH(ACC_WIDTH), .SATURATE(SATURATE)
        ) u_pe (
            .clk_i(clk_i), .rst_ni(rst_ni),
            .valid_i(valid[HERE]), .first_i(first[HERE]), .last_i(last[HERE]), .a_i(a[(HERE+1)*A_WIDTH-1:HERE*A_WIDTH]),
            .b_i(b[(ABOVE+1)*B_WIDTH-1:ABOVE*B_WIDTH]), .b_valid_i(b_valid[ABOVE]),
            .shift_i(shift[c*ROWS+r]), .result_i(result[(ABOVE+1)*ACC_WIDTH-1:ABOVE*ACC_WIDTH]),
            .valid_o(valid[HERE+1]), .first_o(first[HERE+1]), .last_o(last[HERE+1]),
            .a_o(a[(HERE+2)*A_WIDTH-1:(HERE+1)*A_WIDTH]),
            .b_o(b[(BELOW+1)*B_WIDTH-1:BELOW*B_WIDTH]), .b_valid_o(b_valid[BELOW]),
            .result_o(result[(BELOW+1)*ACC_WIDTH-1:BELOW*ACC_WIDTH])
        );
      end
    end
  endgenerate
endmodule
