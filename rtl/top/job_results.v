// Counts a job's results as they come: a frame for each column block, a beat for each vector.
//
// Worked example, 2 vectors, 2 blocks: the second and the fourth result have last_o, the fourth finished_o as well.
module job_results (
    input  wire        clk_i,
    input  wire        rst_ni,     // synchronous
    input  wire        start_i,    // a job begins
    input  wire [16:0] vectors_i,  // 1 or more
    input  wire [12:0] blocks_i,   // 1 or more
    input  wire        result_i,
    output wire        last_o,     // this result ends its frame
    output wire        finished_o  // this result ends the job
);
  reg [16:0] vector_q;
  reg [12:0] block_q;
  wire last = vector_q == vectors_i - 17'd1;
  always @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      vector_q <= 17'd0;
      block_q <= 13'd0;
    end else if (result_i) begin
      vector_q <= last ? 17'd0 : vector_q + 17'd1;
      if (last) block_q <= block_q + 13'd1;
    end
  end
  assign last_o = last;
  assign finished_o = result_i & last & (block_q == blocks_i - 13'd1);
endmodule
