// ROWS x COLS processing elements, weight stationary: column c adds up f(a[r], weight[r, c]) over all rows r.
//
// All edges are skewed, see matrix_unit for the same with straight ones: what enters row 0 and column 0 in cycle n, enters row
// r at n + r, and column c at n + c. Row r of an activation vector enters from the left; sums enter from above, one cycle after
// the activation that meets them first, and leave below ROWS cycles later. A tile of weights comes from above, its last row
// first; row r takes part from the tile's weight row number r on, so weights come down without disturbing rows whose
// shadow is still to be swapped in.
//
// Worked example, 2 x 2, exact multiplier, weights {{1, 2}, {3, 4}}: row {3, 4} with load_i = 2'b01, then row {1, 2} with
// load_i = 2'b11; the vector {5, 6} adds 5*1 + 6*3 = 23 to column 0 and 5*2 + 6*4 = 34 to column 1.
module systolic_array #(
    parameter ROWS = 4,        // 1 to 256: products in a sum
    parameter COLS = 4,        // 1 to 256: sums at a time
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
    input  wire [ROWS-1:0]           swap_i,
    input  wire [ROWS*A_WIDTH-1:0]   a_i,
    input  wire [ROWS-1:0]           load_i,
    input  wire [COLS*B_WIDTH-1:0]   b_i,        // upper edge, bit and slice c for column c
    input  wire [COLS-1:0]           b_valid_i,
    input  wire [COLS*ACC_WIDTH-1:0] sum_i,
    output wire [COLS*ACC_WIDTH-1:0] sum_o       // lower edge
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
  wire [ACROSS-1:0] swap;
  wire [ACROSS-1:0] load;
  wire [ACROSS*A_WIDTH-1:0] a;
  wire [DOWN*B_WIDTH-1:0] b;
  wire [DOWN-1:0] b_valid;
  wire [DOWN*ACC_WIDTH-1:0] sum;

  assign b[COLS*B_WIDTH-1:0] = b_i;
  assign b_valid[COLS-1:0] = b_valid_i;
  assign sum[COLS*ACC_WIDTH-1:0] = sum_i;
  assign sum_o = sum[DOWN*ACC_WIDTH-1:ROWS*COLS*ACC_WIDTH];
  wire unused_weights = (|b[DOWN*B_WIDTH-1:ROWS*COLS*B_WIDTH]) | (|b_valid[DOWN-1:ROWS*COLS]);

  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      localparam LEFT = r * (COLS + 1);
      localparam RIGHT = LEFT + COLS;
      assign valid[LEFT] = valid_i[r];
      assign swap[LEFT] = swap_i[r];
      assign load[LEFT] = load_i[r];
      assign a[(LEFT+1)*A_WIDTH-1:LEFT*A_WIDTH] = a_i[(r+1)*A_WIDTH-1:r*A_WIDTH];
      wire unused_right = valid[RIGHT] | swap[RIGHT] | load[RIGHT] | (|a[(RIGHT+1)*A_WIDTH-1:RIGHT*A_WIDTH]);

      for (c = 0; c < COLS; c = c + 1) begin : g_col
        localparam HERE = LEFT + c;
        localparam ABOVE = r * COLS + c;
        localparam BELOW = ABOVE + COLS;
        mac_pe #(
            .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED),
            .ACC_WIDTH(ACC_WIDTH), .SATURATE(SATURATE)
        ) u_pe (
            .clk_i(clk_i), .rst_ni(rst_ni),
            .valid_i(valid[HERE]), .swap_i(swap[HERE]), .a_i(a[(HERE+1)*A_WIDTH-1:HERE*A_WIDTH]), .load_i(load[HERE]),
            .b_i(b[(ABOVE+1)*B_WIDTH-1:ABOVE*B_WIDTH]), .b_valid_i(b_valid[ABOVE]),
            .sum_i(sum[(ABOVE+1)*ACC_WIDTH-1:ABOVE*ACC_WIDTH]),
            .valid_o(valid[HERE+1]), .swap_o(swap[HERE+1]), .a_o(a[(HERE+2)*A_WIDTH-1:(HERE+1)*A_WIDTH]),
            .load_o(load[HERE+1]),
            .b_o(b[(BELOW+1)*B_WIDTH-1:BELOW*B_WIDTH]), .b_valid_o(b_valid[BELOW]),
            .sum_o(sum[(BELOW+1)*ACC_WIDTH-1:BELOW*ACC_WIDTH])
        );
      end
    end
  endgenerate
endmodule
