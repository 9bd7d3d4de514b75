// mac_pe: control goes on to the right after a cycle, activations after a cycle with valid_i, weights down after one with load_i. A
// sum changes only after a valid activation, and by the product of that activation with the weight that was in the shadow when
// the last swap came; by nothing if that weight was not valid, or none has come since the reset.
//
// Worked example: after a reset without a swap, valid_i in cycle 0 and sum_i = 7 in cycle 1 give sum_o = 7 in cycle 2.
module mac_pe_properties (
    input wire       clk_i,
    input wire       rst_ni,
    input wire       mark_i,
    input wire       valid_i,
    input wire       swap_i,
    input wire [1:0] a_i,
    input wire       load_i,
    input wire [1:0] b_i,
    input wire       b_valid_i,
    input wire [7:0] sum_i,
    input wire [1:0] seen_weight,       // the element's own weight_q and weight_valid_q, for the induction
    input wire       seen_weight_valid
);
  wire valid_o;
  wire swap_o;
  wire [1:0] a_o;
  wire load_o;
  wire [1:0] b_o;
  wire b_valid_o;
  wire [7:0] sum_o;
  mac_pe #(.A_WIDTH(2), .B_WIDTH(2), .P_WIDTH(4), .P_SIGNED(0), .ACC_WIDTH(8)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .swap_i(swap_i), .a_i(a_i), .load_i(load_i), .b_i(b_i),
      .b_valid_i(b_valid_i), .sum_i(sum_i), .valid_o(valid_o), .swap_o(swap_o), .a_o(a_o), .load_o(load_o), .b_o(b_o),
      .b_valid_o(b_valid_o), .sum_o(sum_o)
  );
  arrives #(.WIDTH(3), .CYCLES(1)) u_arrives (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i({valid_i, swap_i, load_i}),
      .delayed_i({valid_o, swap_o, load_o})
  );

  // The first cycle is a reset.
  reg begun_q = 1'b0;
  reg known_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @(posedge clk_i) known_q <= begun_q;
  always @(*) if (!begun_q) assume (!rst_ni);

  reg [1:0] weight_q;
  reg weight_valid_q = 1'b0;
  always @(posedge clk_i) begin
    if (!rst_ni) weight_valid_q <= 1'b0;
    else if (valid_i & swap_i) weight_valid_q <= b_valid_o;
    if (valid_i & swap_i) weight_q <= b_o;
  end
  always @(*) begin
    if (begun_q) assert (seen_weight_valid == weight_valid_q);
    if (begun_q & weight_valid_q) assert (seen_weight == weight_q);
  end

  // What a_o, b_o, b_valid_o and sum_o have to be, by the cycle before.
  reg [1:0] a_q;
  reg [1:0] b_q;
  reg b_valid_q;
  reg [7:0] sum_q;
  always @(posedge clk_i) begin
    a_q <= valid_i ? a_i : a_o;
    b_q <= load_i ? b_i : b_o;
    b_valid_q <= rst_ni & (load_i ? b_valid_i : b_valid_o);
    sum_q <= valid_o ? sum_i + (weight_valid_q ? {4'd0, a_o, ~weight_q} : 8'd0) : sum_o;
  end
  always @(*) begin
    if (known_q) begin
      assert (a_o == a_q);
      assert (b_o == b_q);
      assert (b_valid_o == b_valid_q);
      assert (sum_o == sum_q);
    end
  end
endmodule
