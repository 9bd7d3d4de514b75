// Property: what leaves a stream is what came in, in order, nothing lost and nothing twice; and a beat that is offered stays until
// it is taken.
//
// One beat is watched, chosen freely by mark_i among those that come in. While it is inside, `ahead_q` beats leave before it; the
// next one has to be it. `inside` is how many beats the design holds, which may not pass LIMIT.
//
// Worked example: beats 5, 6 come in, 6 is marked: ahead_q is 1 (5), and the second beat that leaves has to be 6.
module stream_order #(
    parameter WIDTH = 2,
    parameter LIMIT = 2
) (
    input wire             clk_i,
    input wire             rst_ni,
    input wire             mark_i,
    input wire             in_i,      // a beat comes in
    input wire [WIDTH-1:0] in_data_i,
    input wire             valid_i,   // a beat is offered, and leaves with ready_i
    input wire             ready_i,
    input wire [WIDTH-1:0] out_data_i,
    output wire [7:0]      inside_o,
    output wire            watched_o,
    output wire [7:0]      ahead_o,
    output wire [WIDTH-1:0] kept_o
);
  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @(*) if (!begun_q) assume (!rst_ni);

  wire out = valid_i & ready_i;
  reg [7:0] inside_q = 8'd0;
  reg [7:0] ahead_q = 8'd0;
  reg watched_q = 1'b0;
  reg [WIDTH-1:0] kept_q;
  wire watch = mark_i & in_i & ~watched_q;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      inside_q <= 8'd0;
      watched_q <= 1'b0;
    end else begin
      inside_q <= inside_q + {7'd0, in_i} - {7'd0, out};
      if (watch) watched_q <= 1'b1;
      else if (out & (ahead_q == 8'd0)) watched_q <= 1'b0;
    end
    if (watch) kept_q <= in_data_i;
    if (watch) ahead_q <= inside_q - {7'd0, out};
    else if (out & (ahead_q != 8'd0)) ahead_q <= ahead_q - 8'd1;
  end
  assign inside_o = inside_q;
  assign watched_o = watched_q;
  assign ahead_o = ahead_q;
  assign kept_o = kept_q;

  // What is offered stays.
  reg waiting_q = 1'b0;
  reg [WIDTH-1:0] waiting_data_q;
  always @(posedge clk_i) waiting_q <= rst_ni & valid_i & ~ready_i;
  always @(posedge clk_i) waiting_data_q <= out_data_i;
  always @(*) begin
    if (begun_q) begin
      assert (inside_q <= LIMIT);
      if (valid_i) assert (inside_q != 8'd0);
      if (watched_q) assert (ahead_q < inside_q);
      if (watched_q & valid_i & (ahead_q == 8'd0)) assert (out_data_i == kept_q);
      if (waiting_q) assert (valid_i & (out_data_i == waiting_data_q));
    end
  end
endmodule
