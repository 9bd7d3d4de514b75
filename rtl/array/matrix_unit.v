// Matrix unit: a weight-stationary systolic array with straight edges. A tile of weights rests while activation vectors stream
// through, and every vector gives COLS sums. The next tile's weights come in meanwhile.
//
//   weights in, a row a cycle, last row first -> skew --+
//                                                       v
//   vectors in, one a cycle -> skew ------------> systolic_array
//                                                  ^         |
//                              accumulator banks --+ <-------+--> deskew -> sums out
//
// A sum over more than ROWS products is made by several tiles: the vector's first_i begins it at zero, its last_i sends it out,
// and between the tiles it waits in word address_i of the banks. Products are added one by one in the order of rows and
// tiles, so a saturating sum is the one that a processor adding in this order gets.
//
// The first vector of a tile has swap_i, and waits until all ROWS rows of the tile are in; the next tile's rows are taken from
// that cycle on. A vector whose sums are still under way in the array, ROWS cycles from the vector before, waits for them.
// Sums leave ROWS + COLS cycles after their vector, one set a cycle; nobody can make them wait.
//
// Cycles: from the first row of weights to the last sums, tiles of T vectors take ROWS + (max(T, ROWS) for all tiles but the
// last) + T of the last + ROWS + COLS cycles, both ends counted, if rows and vectors are there when they are asked for and
// tiles address words in the same order.
//
// Worked example, ROWS = COLS = 2, exact multiplier, weights {{1, 2}, {3, 4}}: cycle 0 weights {3, 4}, cycle 1 {1, 2}, cycle 2
// the vector {5, 6} with swap_i, first_i and last_i; cycle 6 sums 5*1 + 6*3 = 23 and 5*2 + 6*4 = 34. 7 cycles: 2 + 1 + 2 + 2.
module matrix_unit #(
    parameter ROWS = 4,        // 1 to 256: products in a sum
    parameter COLS = 4,        // 1 to 256: sums at a time
    parameter A_WIDTH = 8,     // bits of an activation
    parameter B_WIDTH = 8,     // bits of a weight
    parameter P_WIDTH = 16,    // bits of a product
    parameter P_SIGNED = 1,    // 1: products are two's complement
    parameter ACC_WIDTH = 32,  // bits of a sum, 8 to 32
    parameter SATURATE = 0,    // 1: sums are clamped, 0: they wrap around
    parameter DEPTH = 64,      // sums that can wait in a column, 1 to 65536
    parameter ADDRESS = DEPTH < 2 ? 1 : $clog2(DEPTH)  // bits of an address: derived, not to be set
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,          // synchronous; drops all that is under way

    input  wire                      row_valid_i,
    output wire                      row_ready_o,
    input  wire [COLS*B_WIDTH-1:0]   row_i,           // the weights of a row, column c in slice c
    input  wire [COLS-1:0]           row_mask_i,      // those that are there; the others add nothing

    input  wire                      vector_valid_i,
    output wire                      vector_ready_o,
    input  wire [ROWS*A_WIDTH-1:0]   vector_i,        // the activations, row r in slice r
    input  wire                      swap_i,          // the first vector of a tile
    input  wire                      first_i,         // its sums begin at zero
    input  wire                      last_i,          // its sums are complete
    input  wire [ADDRESS-1:0]        address_i,       // where its sums wait

    output wire                      sums_valid_o,
    output wire [ADDRESS-1:0]        sums_address_o,
    output wire [COLS*ACC_WIDTH-1:0] sums_o           // column c in slice c
);
  // Weights. count_q rows of the next tile are in; row r of the array takes part in a shift from the r-th on.
  localparam COUNT = $clog2(ROWS + 1);
  reg [COUNT-1:0] count_q;
  wire full = count_q == ROWS[COUNT-1:0];
  wire accept_vector = vector_valid_i & vector_ready_o;
  wire swap = accept_vector & swap_i;
  wire accept_row = row_valid_i & row_ready_o;
  wire [COUNT-1:0] count = swap ? {COUNT{1'b0}} : count_q;
  assign row_ready_o = ~full | swap;
  always @(posedge clk_i) begin
    if (!rst_ni) count_q <= {COUNT{1'b0}};
    else count_q <= count + {{(COUNT - 1) {1'b0}}, accept_row};
  end

  wire [ROWS-1:0] load;
  wire [COLS*(B_WIDTH+1)-1:0] row;
  wire [COLS*(B_WIDTH+1)-1:0] row_skewed;
  wire [COLS*B_WIDTH-1:0] b;
  wire [COLS-1:0] b_valid;
  skew #(.LANES(COLS), .WIDTH(B_WIDTH + 1)) u_skew_weights (
      .clk_i(clk_i), .rst_ni(rst_ni), .lanes_i(row), .lanes_o(row_skewed)
  );

  // Vectors. Each lane carries its own valid and swap, so that control arrives with the data.
  wire [ROWS*(A_WIDTH+2)-1:0] vector;
  wire [ROWS*(A_WIDTH+2)-1:0] vector_skewed;
  wire [ROWS*A_WIDTH-1:0] a;
  wire [ROWS-1:0] a_valid;
  wire [ROWS-1:0] a_swap;
  skew #(.LANES(ROWS), .WIDTH(A_WIDTH + 2)) u_skew_vectors (
      .clk_i(clk_i), .rst_ni(rst_ni), .lanes_i(vector), .lanes_o(vector_skewed)
  );

  wire [COLS*ACC_WIDTH-1:0] sum_above;
  wire [COLS*ACC_WIDTH-1:0] sum_below;
  systolic_array #(
      .ROWS(ROWS), .COLS(COLS), .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED),
      .ACC_WIDTH(ACC_WIDTH), .SATURATE(SATURATE)
  ) u_array (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(a_valid), .swap_i(a_swap), .a_i(a), .load_i(load),
      .b_i(b), .b_valid_i(b_valid), .sum_i(sum_above), .sum_o(sum_below)
  );

  // Where a vector's sums come from and go to. Slice n of tags is n cycles old: column c reads its bank at n = c and writes it at
  // n = ROWS + 1 + c; the last column's sums, and with them all, leave at n = ROWS + COLS.
  localparam TAG = ADDRESS + 3;
  localparam STAGES = ROWS + COLS;
  wire [(STAGES+1)*TAG-1:0] tags;
  reg [STAGES*TAG-1:0] tags_q;
  assign tags = {tags_q, address_i, accept_vector, first_i, last_i};
  always @(posedge clk_i) tags_q <= tags[STAGES*TAG-1:0] & {(STAGES * TAG) {rst_ni}};

  // A sum can be read from the bank again ROWS cycles after the vector before; until then, who adds to it has to wait.
  wire [ROWS-1:0] under_way;
  assign under_way[0] = 1'b0;
  assign vector_ready_o = (full | ~swap_i) & (first_i | ~(|under_way));

  genvar r, c;
  generate
    for (r = 1; r < ROWS; r = r + 1) begin : g_under_way
      localparam HERE = (r - 1) * TAG;  // in tags_q
      assign under_way[r] = tags_q[HERE+2] & ~tags_q[HERE] & (tags_q[HERE+TAG-1:HERE+3] == address_i);
    end
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      localparam FROM = r * (A_WIDTH + 2);
      if (r == 0) begin : g_first
        assign load[r] = accept_row;
      end else begin : g_below
        assign load[r] = accept_row & (count >= r[COUNT-1:0]);
      end
      assign vector[FROM+A_WIDTH+1:FROM] = {accept_vector, swap_i, vector_i[(r+1)*A_WIDTH-1:r*A_WIDTH]};
      assign {a_valid[r], a_swap[r], a[(r+1)*A_WIDTH-1:r*A_WIDTH]} = vector_skewed[FROM+A_WIDTH+1:FROM];
    end
    for (c = 0; c < COLS; c = c + 1) begin : g_col
      localparam FROM = c * (B_WIDTH + 1);
      assign row[FROM+B_WIDTH:FROM] = {row_mask_i[c], row_i[(c+1)*B_WIDTH-1:c*B_WIDTH]};
      assign {b_valid[c], b[(c+1)*B_WIDTH-1:c*B_WIDTH]} = row_skewed[FROM+B_WIDTH:FROM];

      localparam READ = c * TAG;
      localparam WRITE = (ROWS + 1 + c) * TAG;
      accumulator_bank #(.WIDTH(ACC_WIDTH), .DEPTH(DEPTH), .ADDRESS(ADDRESS)) u_bank (
          .clk_i(clk_i),
          .read_zero_i(tags[READ+1]), .read_address_i(tags[READ+TAG-1:READ+3]),
          .sum_o(sum_above[(c+1)*ACC_WIDTH-1:c*ACC_WIDTH]),
          .write_i(tags[WRITE+2] & ~tags[WRITE]), .write_address_i(tags[WRITE+TAG-1:WRITE+3]),
          .sum_i(sum_below[(c+1)*ACC_WIDTH-1:c*ACC_WIDTH])
      );
    end
  endgenerate

  skew #(.LANES(COLS), .WIDTH(ACC_WIDTH), .REVERSE(1)) u_deskew (
      .clk_i(clk_i), .rst_ni(rst_ni), .lanes_i(sum_below), .lanes_o(sums_o)
  );
  assign sums_valid_o = tags[STAGES*TAG+2] & tags[STAGES*TAG];
  assign sums_address_o = tags[(STAGES+1)*TAG-1:STAGES*TAG+3];
endmodule
