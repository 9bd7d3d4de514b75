// Counts a job's tiles and column blocks as its vectors are taken: blocks one after the other, and in each its tiles, whose sums
// the first begins and the last completes.
//
// Worked example, 3 tiles, 2 blocks: the first tile's vectors have first_o and block 0, the third tile's last_o; the fourth's
// first_o again, and block 1. With the last vector of the sixth tile feeding_o falls. A job that is aborted is not told: no
// vector comes then before the next start_i.
module job_sequencer #(
    parameter BLOCK = 4  // bits of a block's number
) (
    input  wire             clk_i,
    input  wire             rst_ni,     // synchronous
    input  wire             start_i,    // a job begins
    input  wire [15:0]      tiles_i,    // of each sum, 1 or more
    input  wire [12:0]      blocks_i,   // 1 or more
    input  wire             tile_end_i, // a tile's last vector is taken
    output wire             feeding_o,  // vectors are wanted
    output wire             first_o,
    output wire             last_o,
    output wire [BLOCK-1:0] block_o
);
  reg feeding_q;
  reg [15:0] tile_q;
  reg [12:0] block_q;
  wire last = tile_q == tiles_i - 16'd1;
  wire done = tile_end_i & last & (block_q == blocks_i - 13'd1);
  always @(posedge clk_i) begin
    if (!rst_ni) feeding_q <= 1'b0;
    else feeding_q <= start_i | (feeding_q & ~done);
  end
  always @(posedge clk_i) begin
    if (start_i) begin
      tile_q <= 16'd0;
      block_q <= 13'd0;
    end else if (tile_end_i) begin
      tile_q <= last ? 16'd0 : tile_q + 16'd1;
      if (last) block_q <= block_q + 13'd1;
    end
  end

  assign feeding_o = feeding_q;
  assign first_o = tile_q == 16'd0;
  assign last_o = last;
  assign block_o = block_q[BLOCK-1:0];
  wire unused_block = |block_q[12:BLOCK];
endmodule
