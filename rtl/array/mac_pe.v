// Processing element of a weight-stationary array: sum_o = sum_i + f(a, weight), one product a cycle, for any multiplier f.
//
// Activations pass from left to right, sums from above to below, each a register a step. The weight that products are made
// with rests; the next tile's comes down through the shadow registers meanwhile, a step with each cycle of load_i. The vector
// that brings swap_i is the first to be multiplied with the weight that stood in the shadow. A weight without b_valid_i adds
// nothing, whatever f(a, 0) is: that is how tiles are padded.
//
//              b_i, b_valid_i      sum_i
//                    |               |
//    load_i ------[shadow]--> b_o    |              load_o, valid_o, swap_o and a_o go on to the right, one cycle later
//                    | swap          |
//                 [weight]           |
//                    |               |
//    a_i ---[a]---> f(a, weight) --> + --[sum]--> sum_o
//
// Timing: a_i in cycle n, sum_i for it in cycle n + 1, sum_o in cycle n + 2.
//
// Worked example, exact multiplier: the weight 3 is loaded in cycle 0, and a = 5 comes with swap in cycle 1. With sum_i = 100
// in cycle 2, sum_o is 115 in cycle 3.
module mac_pe #(
    parameter A_WIDTH = 8,     // bits of an activation
    parameter B_WIDTH = 8,     // bits of a weight
    parameter P_WIDTH = 16,    // bits of a product
    parameter P_SIGNED = 1,    // 1: products are two's complement
    parameter ACC_WIDTH = 32,  // bits of a sum, 8 to 32
    parameter SATURATE = 0     // 1: sums are clamped, 0: they wrap around
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,      // synchronous; weights are invalid after it
    input  wire                 valid_i,     // a_i holds an activation
    input  wire                 swap_i,      // read with valid_i
    input  wire [A_WIDTH-1:0]   a_i,
    input  wire                 load_i,      // the shadow takes b_i
    input  wire [B_WIDTH-1:0]   b_i,
    input  wire                 b_valid_i,
    input  wire [ACC_WIDTH-1:0] sum_i,
    output wire                 valid_o,
    output wire                 swap_o,
    output wire [A_WIDTH-1:0]   a_o,
    output wire                 load_o,
    output wire [B_WIDTH-1:0]   b_o,
    output wire                 b_valid_o,
    output wire [ACC_WIDTH-1:0] sum_o
);
  reg valid_q;
  reg swap_q;
  reg load_q;
  reg shadow_valid_q;
  reg weight_valid_q;
  wire swap = valid_i & swap_i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      swap_q <= 1'b0;
      load_q <= 1'b0;
      shadow_valid_q <= 1'b0;
      weight_valid_q <= 1'b0;
    end else begin
      valid_q <= valid_i;
      swap_q <= swap_i;
      load_q <= load_i;
      if (load_i) shadow_valid_q <= b_valid_i;
      if (swap) weight_valid_q <= shadow_valid_q;
    end
  end

  // Data is only taken where it counts, so that multiplier and adder rest while nothing comes.
  reg [A_WIDTH-1:0] a_q;
  reg [B_WIDTH-1:0] shadow_q;
  reg [B_WIDTH-1:0] weight_q;
  reg [ACC_WIDTH-1:0] sum_q;
  wire [P_WIDTH-1:0] product;
  wire [ACC_WIDTH-1:0] sum;
  always @(posedge clk_i) begin
    if (valid_i) a_q <= a_i;
    if (load_i) shadow_q <= b_i;
    if (swap) weight_q <= shadow_q;
    if (valid_q) sum_q <= sum;
  end

  pe_multiplier #(.A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED)) u_multiplier (
      .a_i(a_q), .b_i(weight_q), .p_o(product)
  );
  accumulate #(.ACC_WIDTH(ACC_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED), .SATURATE(SATURATE)) u_accumulate (
      .sum_i(sum_i), .product_i(product & {P_WIDTH{weight_valid_q}}), .sum_o(sum)
  );

  assign valid_o = valid_q;
  assign swap_o = swap_q;
  assign a_o = a_q;
  assign load_o = load_q;
  assign b_o = shadow_q;
  assign b_valid_o = shadow_valid_q;
  assign sum_o = sum_q;
endmodule
