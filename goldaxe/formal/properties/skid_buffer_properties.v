// skid_buffer: beats leave in the order in which they came, none is lost or doubled, and one that is offered stays until it is
// taken. It holds two at most; while it is empty it offers nothing, and a cycle after a reset or a departure it takes one.
//
// Worked example: beats 1 and 2 come while ready_i is low: 1 is offered until ready_i, then 2.
module skid_buffer_properties (
    input wire       clk_i,
    input wire       rst_ni,
    input wire       mark_i,
    input wire       valid_i,
    input wire [1:0] data_i,
    input wire       ready_i,
    input wire       seen_ready,   // the buffer's own registers, for the induction
    input wire       seen_second,
    input wire [1:0] seen_second_data
);
  wire ready_o;
  wire valid_o;
  wire [1:0] data_o;
  skid_buffer #(.WIDTH(2)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .ready_o(ready_o), .data_i(data_i), .valid_o(valid_o),
      .ready_i(ready_i), .data_o(data_o)
  );
  wire [7:0] inside;
  wire watched;
  wire [7:0] ahead;
  wire [1:0] kept;
  stream_order #(.WIDTH(2), .LIMIT(2)) u_order (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .in_i(valid_i & ready_o), .in_data_i(data_i), .valid_i(valid_o),
      .ready_i(ready_i), .out_data_i(data_o), .inside_o(inside), .watched_o(watched), .ahead_o(ahead), .kept_o(kept)
  );
  reg begun_q = 1'b0;
  reg after_reset_q;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @(posedge clk_i) after_reset_q <= ~rst_ni;
  always @(*) begin
    if (begun_q) begin
      assert (inside == {7'd0, valid_o} + {7'd0, seen_second});
      if (seen_second) assert (valid_o);
      assert (seen_ready == (~seen_second & ~after_reset_q));
      if (watched & (ahead == 8'd1)) assert (seen_second_data == kept);
    end
  end
endmodule
