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

  reg begun_q = 1'b0;
  reg [16:0] vectors_left_q;  // of this block
  reg [12:0] blocks_left_q;   // with this one; 0: the job is over
  reg [16:0] vectors_q;
  reg [12:0] blocks_q;
  always @(posedge clk_i) begin
    begun_q <= 1'b1;
    {vectors_q, blocks_q} <= {vectors_i, blocks_i};
    if (start_i | (result_i & vectors_left_q == 17'd1)) vectors_left_q <= vectors_i;
    else if (result_i) vectors_left_q <= vectors_left_q - 17'd1;
    if (!rst_ni) blocks_left_q <= 13'd0;
    else if (start_i) blocks_left_q <= blocks_i;
    else if (result_i & vectors_left_q == 17'd1) blocks_left_q <= blocks_left_q - 13'd1;
  end
  wire wanted = blocks_left_q != 13'd0;
  always @(*) begin
    if (!begun_q) assume (!rst_ni);
    assume (vectors_i != 17'd0 & blocks_i != 13'd0);
    if (begun_q & wanted) assume (vectors_i == vectors_q & blocks_i == blocks_q);
    assume (!result_i | (wanted & ~start_i));
    if (begun_q & wanted) begin
      assert (vectors_left_q != 17'd0 & vectors_left_q <= vectors_i & blocks_left_q <= blocks_i);
      assert (seen_vector == vectors_i - vectors_left_q);
      assert (seen_block == blocks_i - blocks_left_q);
      assert (last == (vectors_left_q == 17'd1));
    end
    if (begun_q) assert (finished == (result_i & vectors_left_q == 17'd1 & blocks_left_q == 13'd1));
  end
endmodule
