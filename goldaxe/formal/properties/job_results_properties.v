// job_results: a job's results are counted down here. The last one of each block ends its frame, and the last one of the last block
// the job; nothing else does.
//
// What the surroundings promise: counts do not change while results are to come and are not zero, and no other results come.
//
// Worked example, 2 vectors, 1 block: 2 and then 1 are left; last_o with 1, and finished_o with its result.
module job_results_properties (
    input wire        clk_i,
    input wire        rst_ni,
    input wire        start_i,
    input wire [16:0] vectors_i,
    input wire [12:0] blocks_i,
    input wire        result_i,
    input wire [16:0] seen_vector,  // the counter's own registers, for the induction
    input wire [12:0] seen_block
);
  wire last, finished;
  job_results u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .vectors_i(vectors_i), .blocks_i(blocks_i), .result_i(result_i),
      .last_o(last), .finished_o(finished)
  );

  wire begun;
  wire [16:0] vectors_left;
  wire [12:0] blocks_left;
  counted_down #(.LENGTH(17)) u_left (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .tick_i(result_i), .length_i(vectors_i), .rounds_i(blocks_i),
      .begun_o(begun), .ticks_o(vectors_left), .rounds_o(blocks_left)
  );
  always @(*) begin
    if (begun & blocks_left != 13'd0) begin
      assert (seen_vector == vectors_i - vectors_left);
      assert (seen_block == blocks_i - blocks_left);
      assert (last == (vectors_left == 17'd1));
    end
    if (begun) assert (finished == (result_i & vectors_left == 17'd1 & blocks_left == 13'd1));
  end
endmodule
