// job_sequencer: a job's tiles are counted down here. The first and the last of each block are told, blocks have their numbers, and
// vectors are wanted from START until the last tile of the last block has ended, and not after that; a START in between begins anew.
//
// What the surroundings promise: counts do not change while vectors are wanted and are not zero, and no tile ends but a wanted one.
//
// Worked example, 2 tiles, 1 block: 2 and then 1 are left; first_o with 2, last_o with 1, and when it ends feeding_o falls.
module job_sequencer_properties #(
    parameter BLOCK = 12
) (
    input wire             clk_i,
    input wire             rst_ni,
    input wire             start_i,
    input wire [15:0]      tiles_i,
    input wire [12:0]      blocks_i,
    input wire             tile_end_i,
    input wire [15:0]      seen_tile,   // the sequencer's own registers, for the induction
    input wire [12:0]      seen_block
);
  wire feeding, first, last;
  wire [BLOCK-1:0] block;
  job_sequencer #(.BLOCK(BLOCK)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .tiles_i(tiles_i), .blocks_i(blocks_i), .tile_end_i(tile_end_i),
      .feeding_o(feeding), .first_o(first), .last_o(last), .block_o(block)
  );

  reg begun_q = 1'b0;
  reg [15:0] tiles_left_q;   // of this block
  reg [12:0] blocks_left_q;  // with this one; 0: the job is over
  reg [15:0] tiles_q;
  reg [12:0] blocks_q;
  always @(posedge clk_i) begin
    begun_q <= 1'b1;
    {tiles_q, blocks_q} <= {tiles_i, blocks_i};
    if (start_i | (tile_end_i & tiles_left_q == 16'd1)) tiles_left_q <= tiles_i;
    else if (tile_end_i) tiles_left_q <= tiles_left_q - 16'd1;
    if (!rst_ni) blocks_left_q <= 13'd0;
    else if (start_i) blocks_left_q <= blocks_i;
    else if (tile_end_i & tiles_left_q == 16'd1) blocks_left_q <= blocks_left_q - 13'd1;
  end
  wire wanted = blocks_left_q != 13'd0;
  always @(*) begin
    if (!begun_q) assume (!rst_ni);
    assume (tiles_i != 16'd0 & blocks_i != 13'd0 & blocks_i <= (1 << BLOCK));
    if (begun_q & wanted) assume (tiles_i == tiles_q & blocks_i == blocks_q);
    assume (!tile_end_i | (wanted & ~start_i));
    if (begun_q) assert (feeding == wanted);
    if (begun_q & wanted) begin
      assert (tiles_left_q != 16'd0 & tiles_left_q <= tiles_i & blocks_left_q <= blocks_i);
      assert (seen_tile == tiles_i - tiles_left_q);
      assert (seen_block == blocks_i - blocks_left_q);
      assert (first == (tiles_left_q == tiles_i));
      assert (last == (tiles_left_q == 16'd1));
      assert ({{(13 - BLOCK) {1'b0}}, block} == blocks_i - blocks_left_q);
    end
  end
endmodule
