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

  wire begun;
  wire [15:0] tiles_left;
  wire [12:0] blocks_left;
  counted_down #(.LENGTH(16)) u_left (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .tick_i(tile_end_i), .length_i(tiles_i), .rounds_i(blocks_i),
      .begun_o(begun), .ticks_o(tiles_left), .rounds_o(blocks_left)
  );
  wire wanted = blocks_left != 13'd0;
  always @(*) begin
    assume (blocks_i <= (1 << BLOCK));
    if (begun) assert (feeding == wanted);
    if (begun & wanted) begin
      assert (seen_tile == tiles_i - tiles_left);
      assert (seen_block == blocks_i - blocks_left);
      assert (first == (tiles_left == tiles_i));
      assert (last == (tiles_left == 16'd1));
      assert ({{(13 - BLOCK) {1'b0}}, block} == blocks_i - blocks_left);
    end
  end
endmodule
