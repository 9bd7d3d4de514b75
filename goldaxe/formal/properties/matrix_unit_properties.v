// matrix_unit, its handshakes: the count of a tile's rows never passes ROWS, and is that of the rows taken since the last swap; no
// vector swaps before its tile is full, and no row is taken while a full tile waits; a vector that adds to a sum waits until
// the sum has left the array; every last vector gives its sums, with its address, ROWS + COLS cycles later, and nothing else
// does, so that never more than ROWS + COLS sums are under way; and nobody waits for ever: see below.
//
// Worked example, ROWS = 2: the first vector of a tile is offered from cycle 0 on, rows in cycles 0 and 1: taken in cycle 2.
module matrix_unit_properties #(
    parameter ROWS = 2,
    parameter COLS = 2
) (
    input wire                     clk_i,
    input wire                     rst_ni,
    input wire                     mark_i,
    input wire                     row_valid_i,
    input wire [COLS*2-1:0]        row_i,
    input wire [COLS-1:0]          row_mask_i,
    input wire                     vector_valid_i,
    input wire [ROWS*2-1:0]        vector_i,
    input wire                     swap_i,
    input wire                     first_i,
    input wire                     last_i,
    input wire                     address_i,
    input wire [$clog2(ROWS+1)-1:0] seen_count,  // the unit's own count_q and tags_q, for the induction
    input wire [(ROWS+COLS)*4-1:0] seen_tags
);
  wire row_ready_o;
  wire vector_ready_o;
  wire sums_valid_o;
  wire sums_address_o;
  wire [COLS*8-1:0] sums_o;
  matrix_unit #(
      .ROWS(ROWS), .COLS(COLS), .A_WIDTH(2), .B_WIDTH(2), .P_WIDTH(4), .P_SIGNED(0), .ACC_WIDTH(8), .DEPTH(2), .ADDRESS(1)
  ) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .row_valid_i(row_valid_i), .row_ready_o(row_ready_o), .row_i(row_i),
      .row_mask_i(row_mask_i), .vector_valid_i(vector_valid_i), .vector_ready_o(vector_ready_o), .vector_i(vector_i),
      .swap_i(swap_i), .first_i(first_i), .last_i(last_i), .address_i(address_i), .sums_valid_o(sums_valid_o),
      .sums_address_o(sums_address_o), .sums_o(sums_o)
  );

  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @(*) if (!begun_q) assume (!rst_ni);

  wire take_row = row_valid_i & row_ready_o;
  wire take_vector = vector_valid_i & vector_ready_o;
  wire take_swap = take_vector & swap_i;

  // Rows of the next tile.
  reg [3:0] rows_q;
  always @(posedge clk_i) begin
    if (!rst_ni) rows_q <= 4'd0;
    else rows_q <= (take_swap ? 4'd0 : rows_q) + {3'd0, take_row};
  end
  wire full = rows_q == ROWS;
  always @(*) begin
    if (begun_q) begin
      assert (rows_q <= ROWS);
      assert (seen_count == rows_q);
      if (take_swap) assert (full);
      if (take_row & full) assert (take_swap);
      // A row is never kept waiting while there is room.
      if (!full) assert (row_ready_o);
    end
  end

  // Sums that are under way: nobody adds to one that a vector of the last ROWS - 1 cycles adds to.
  localparam AGES = ROWS < 2 ? 1 : ROWS - 1;
  reg [AGES-1:0] busy_q;     // bit n: n + 1 cycles ago a vector was taken whose sums stay in the unit
  reg [AGES-1:0] address_q;  // their address
  reg [7:0] quiet_q;         // cycles without a vector taken
  always @(posedge clk_i) begin
    busy_q <= {busy_q, take_vector & ~last_i} & {AGES{rst_ni}};
    address_q <= {address_q, address_i};
    if (!rst_ni | take_vector) quiet_q <= 8'd0;
    else if (quiet_q != 8'hff) quiet_q <= quiet_q + 8'd1;
  end
  wire [AGES-1:0] conflict = busy_q & ~(address_q ^ {AGES{address_i}});
  always @(*) begin
    if (begun_q & (ROWS > 1)) begin
      if (take_vector & ~first_i) assert (conflict == 0);
      if (vector_valid_i & (full | ~swap_i) & (first_i | conflict == 0)) assert (vector_ready_o);
      if (quiet_q >= AGES) assert (busy_q == 0);
    end
  end

  // A vector that is offered is taken once its tile is full and ROWS - 1 cycles have passed without another.
  always @(*) if (begun_q & full & (quiet_q >= AGES)) assert (vector_ready_o);

  // Sums.
  arrives #(.WIDTH(1), .CYCLES(ROWS + COLS)) u_valid (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i(take_vector & last_i), .delayed_i(sums_valid_o)
  );
  arrives #(.WIDTH(1), .CYCLES(ROWS + COLS)) u_address (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i(address_i), .delayed_i(sums_address_o)
  );
  reg [7:0] under_way_q;
  always @(posedge clk_i) begin
    if (!rst_ni) under_way_q <= 8'd0;
    else under_way_q <= under_way_q + {7'd0, take_vector & last_i} - {7'd0, sums_valid_o};
  end
  integer n;
  reg [7:0] counted;
  always @(*) begin
    counted = 8'd0;
    for (n = 0; n < ROWS + COLS; n = n + 1) counted = counted + {7'd0, seen_tags[n*4+2] & seen_tags[n*4]};
    if (begun_q) assert (under_way_q == counted);
    if (begun_q) assert (under_way_q <= ROWS + COLS);
  end
endmodule
