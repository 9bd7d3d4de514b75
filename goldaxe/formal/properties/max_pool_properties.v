// max_pool: every window's last code gives a valid_o in the next cycle, and nothing else does; largest_o is then one of the
// window's codes, and none of them is larger. What came before the window, or before a reset, does not count.
//
// Worked example: 3 with last_i, then -2 with last_i -> 3, then -2.
module max_pool_properties (
    input wire       clk_i,
    input wire       rst_ni,
    input wire       mark_i,
    input wire       valid_i,
    input wire       last_i,
    input wire [2:0] x_i,
    input wire       seen_under_way  // the module's own under_way_q, for the induction
);
  wire valid_o;
  wire signed [2:0] largest_o;
  max_pool #(.LANES(1), .X_WIDTH(3)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .last_i(last_i), .x_i(x_i), .valid_o(valid_o), .largest_o(largest_o)
  );
  arrives #(.WIDTH(1), .CYCLES(1)) u_arrives (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i(valid_i & last_i), .delayed_i(valid_o)
  );

  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @(*) if (!begun_q) assume (!rst_ni);

  // Bit c: code c has been among the window's.
  reg [7:0] codes_q;
  reg inside_q;
  wire [7:0] before = inside_q ? codes_q : 8'd0;
  always @(posedge clk_i) begin
    if (!rst_ni) inside_q <= 1'b0;
    else if (valid_i) inside_q <= ~last_i;
    if (valid_i) codes_q <= before | (8'd1 << x_i);
  end
  integer c;
  always @(*) begin
    if (begun_q) assert (seen_under_way == inside_q);
    if (begun_q & (inside_q | valid_o)) begin
      assert (codes_q[largest_o[2:0]]);
      for (c = -4; c < 4; c = c + 1) if (c > largest_o) assert (!codes_q[c[2:0]]);
    end
  end
endmodule
