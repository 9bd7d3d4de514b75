// Output-stationary unit: an os_array with straight edges. Each step brings an activation for every row and a weight for every
// column; after a tile's last step its sums leave, a row a cycle, the last row first, while the next tile's steps come in.
//
//   steps in: activations -> skew --> os_array <-- skew <- weights        sums over all steps of a tile rest in the elements
//                                        |
//                                     deskew -> rows of sums out
//
// Results leave a column in ROWS cycles, so a tile's last step waits until that of the tile before is ROWS cycles past.
// Products are added in the order of steps. Sums cannot be made to wait.
//
// Cycles: from the first step to the last row of sums, tiles of K steps take K of the first + max(K, ROWS) for each other one +
// 2 * ROWS + COLS - 1 cycles, both ends counted, if steps are there when they are asked for.
//
// Worked example, ROWS = COLS = 2, exact multiplier, {{5, 1}, {6, 2}} times {{3, 4}, {7, 8}}: cycle 0 activations {5, 6} and
// weights {3, 4}, cycle 1 {1, 2} and {7, 8} with last_i. Row 1 of the sums, 6*3 + 2*7 = 32 and 6*4 + 2*8 = 40, leaves in cycle 5,
// row 0, 22 and 28, in cycle 6. 7 cycles: 2 + 2*2 + 2 - 1.
module os_unit #(
    parameter ROWS = 4,        // 1 to 256: rows of sums
    parameter COLS = 4,        // 1 to 256: sums in a row
    parameter A_WIDTH = 8,     // bits of an activation
    parameter B_WIDTH = 8,     // bits of a weight
    parameter P_WIDTH = 16,    // bits of a product
    parameter P_SIGNED = 1,    // 1: products are two's complement
    parameter ACC_WIDTH = 32,  // bits of a sum, 8 to 32
    parameter SATURATE = 0,    // 1: sums are clamped, 0: they wrap around
    parameter ROW = ROWS < 2 ? 1 : $clog2(ROWS)  // bits of a row's number: derived, not to be set
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,        // synchronous; drops all that is under way

    input  wire                      step_valid_i,
    output wire                      step_ready_o,
    input  wire [ROWS*A_WIDTH-1:0]   vector_i,      // the activations, row r in slice r
    input  wire [COLS*B_WIDTH-1:0]   row_i,         // the weights, column c in slice c
    input  wire [COLS-1:0]           row_mask_i,    // those that are there; the others add nothing
    input  wire                      last_i,        // the last step of a tile

    output wire                      sums_valid_o,
    output wire [ROW-1:0]            sums_row_o,
    output wire [COLS*ACC_WIDTH-1:0] sums_o         // column c in slice c
);
  generate
    if (ROW != (ROWS < 2 ? 1 : $clog2(ROWS))) begin : g_bad_row
      illegal_ROW_must_be_clog2_ROWS u_bad ();
    end
  endgenerate

  // A step after a last one begins a tile. A last one waits for COOL cycles to pass.
  localparam COUNT = $clog2(ROWS + 1);
  localparam [COUNT-1:0] ONE = 1;
  reg first_q;
  reg [COUNT-1:0] cool_q;
  assign step_ready_o = ~last_i | (cool_q == {COUNT{1'b0}});
  wire accept = step_valid_i & step_ready_o;
  wire accept_last = accept & last_i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= 1'b1;
      cool_q <= {COUNT{1'b0}};
    end else begin
      if (accept) first_q <= last_i;
      if (accept_last) cool_q <= ROWS[COUNT-1:0] - ONE;
      else if (cool_q != {COUNT{1'b0}}) cool_q <= cool_q - ONE;
    end
  end

  // Each lane of activations carries its own control, so that this arrives with the data.
  wire [ROWS*(A_WIDTH+3)-1:0] vector;
  wire [ROWS*(A_WIDTH+3)-1:0] vector_skewed;
  wire [COLS*(B_WIDTH+1)-1:0] row;
  wire [COLS*(B_WIDTH+1)-1:0] row_skewed;
  skew #(.LANES(ROWS), .WIDTH(A_WIDTH + 3)) u_skew_vectors (
      .clk_i(clk_i), .rst_ni(rst_ni), .lanes_i(vector), .lanes_o(vector_skewed)
  );
  skew #(.LANES(COLS), .WIDTH(B_WIDTH + 1)) u_skew_rows (
      .clk_i(clk_i), .rst_ni(rst_ni), .lanes_i(row), .lanes_o(row_skewed)
  );

  // The last row's result in column 0 is there ROWS + 1 cycles after the last step: drain_q counts from 1 then. In its cycle j
  // row ROWS - j leaves, and rows from j on take what is above them; those above already wait for the next tile's results.
  wire complete;
  reg [COUNT-1:0] drain_q;
  delay_line #(.WIDTH(1), .CYCLES(ROWS)) u_complete (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i(accept_last), .value_o(complete)
  );
  wire draining = drain_q != {COUNT{1'b0}};
  always @(posedge clk_i) begin
    if (!rst_ni) drain_q <= {COUNT{1'b0}};
    else if (complete) drain_q <= ONE;
    else if (drain_q == ROWS[COUNT-1:0]) drain_q <= {COUNT{1'b0}};
    else if (draining) drain_q <= drain_q + ONE;
  end

  wire [ROWS-1:0] valid, first, last, shift;
  wire [ROWS*A_WIDTH-1:0] a;
  wire [COLS*B_WIDTH-1:0] b;
  wire [COLS-1:0] b_valid;
  wire [COLS*ACC_WIDTH-1:0] result;
  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      localparam FROM = r * (A_WIDTH + 3);
      assign vector[FROM+A_WIDTH+2:FROM] = {accept, first_q, last_i, vector_i[(r+1)*A_WIDTH-1:r*A_WIDTH]};
      assign {valid[r], first[r], last[r], a[(r+1)*A_WIDTH-1:r*A_WIDTH]} = vector_skewed[FROM+A_WIDTH+2:FROM];
      if (r == 0) begin : g_top
        assign shift[r] = 1'b0;
      end else begin : g_below
        assign shift[r] = draining & (drain_q <= r[COUNT-1:0]);
      end
    end
    for (c = 0; c < COLS; c = c + 1) begin : g_col
      localparam FROM = c * (B_WIDTH + 1);
      assign row[FROM+B_WIDTH:FROM] = {row_mask_i[c], row_i[(c+1)*B_WIDTH-1:c*B_WIDTH]};
      assign {b_valid[c], b[(c+1)*B_WIDTH-1:c*B_WIDTH]} = row_skewed[FROM+B_WIDTH:FROM];
    end
  endgenerate

  os_array #(
      .ROWS(ROWS), .COLS(COLS), .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED),
      .ACC_WIDTH(ACC_WIDTH), .SATURATE(SATURATE)
  ) u_array (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid), .first_i(first), .last_i(last), .a_i(a), .b_i(b), .b_valid_i(b_valid),
      .shift_i(shift), .result_o(result)
  );

  skew #(.LANES(COLS), .WIDTH(ACC_WIDTH), .REVERSE(1)) u_deskew (
      .clk_i(clk_i), .rst_ni(rst_ni), .lanes_i(result), .lanes_o(sums_o)
  );
  wire [COUNT-1:0] leaving = ROWS[COUNT-1:0] - drain_q;
  delay_line #(.WIDTH(ROW + 1), .CYCLES(COLS - 1)) u_tag (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i({draining, leaving[ROW-1:0]}), .value_o({sums_valid_o, sums_row_o})
  );
  wire unused_leaving = |leaving;
endmodule
