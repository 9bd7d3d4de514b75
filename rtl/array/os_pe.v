// Processing element of an output-stationary array: adds up f(a, b) of the pairs that come by, and hands the sum on.
//
// Activations pass from left to right, weights from above to below, each a register a step. The sum rests; with the last pair of a
// tile it moves to a register from which it leaves downward, while the next tile's pairs are added up. A weight without
// b_valid_i adds nothing, whatever f(a, 0) is.
//
//                 b_i, b_valid_i                       result_i
//                       |                                  | shift_i
//                     [b] --> b_o                          v
//                       |                                [result] --> result_o
//    a_i ---[a]---> f(a, b) --> + --[sum]-- with last_i ---^
//            |                  ^      |
//            v a_o              +------+ but for first_i
//
// Timing: a_i and b_i in cycle n, result_o in cycle n + 2 if last_i came with them. shift_i in that cycle n + 2 would put result_i
// in its place in n + 3; shift_i in cycle n + 1 loses against the sum.
//
// Worked example, exact multiplier: a = 5, b = 3 with first_i in cycle 0, a = 2, b = 4 with last_i in cycle 1: result_o = 23 in
// cycle 3.
module os_pe #(
    parameter A_WIDTH = 8,     // bits of an activation
    parameter B_WIDTH = 8,     // bits of a weight
    parameter P_WIDTH = 16,    // bits of a product
    parameter P_SIGNED = 1,    // 1: products are two's complement
    parameter ACC_WIDTH = 32,  // bits of a sum, 8 to 32
    parameter SATURATE = 0     // 1: sums are clamped, 0: they wrap around
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,     // synchronous
    input  wire                 valid_i,    // a_i and b_i hold a pair
    input  wire                 first_i,    // read with valid_i: the sum begins at zero
    input  wire                 last_i,     // read with valid_i: the sum is complete
    input  wire [A_WIDTH-1:0]   a_i,
    input  wire [B_WIDTH-1:0]   b_i,
    input  wire                 b_valid_i,
    input  wire                 shift_i,
    input  wire [ACC_WIDTH-1:0] result_i,
    output wire                 valid_o,
    output wire                 first_o,
    output wire                 last_o,
    output wire [A_WIDTH-1:0]   a_o,
    output wire [B_WIDTH-1:0]   b_o,
    output wire                 b_valid_o,
    output wire [ACC_WIDTH-1:0] result_o
);
  reg valid_q;
  reg first_q;
  reg last_q;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      first_q <= 1'b0;
      last_q <= 1'b0;
    end else begin
      valid_q <= valid_i;
      first_q <= first_i;
      last_q <= last_i;
    end
  end

  // Data is only taken where it counts, so that multiplier and adder rest while nothing comes.
  reg [A_WIDTH-1:0] a_q;
  reg [B_WIDTH-1:0] b_q;
  reg b_valid_q;
  reg [ACC_WIDTH-1:0] sum_q;
  reg [ACC_WIDTH-1:0] result_q;
  wire [P_WIDTH-1:0] product;
  wire [ACC_WIDTH-1:0] sum;
  always @(posedge clk_i) begin
    if (valid_i) begin
      a_q <= a_i;
      b_q <= b_i;
      b_valid_q <= b_valid_i;
    end
    if (valid_q) sum_q <= sum;
    if (valid_q & last_q) result_q <= sum;
    else if (shift_i) result_q <= result_i;
  end

  pe_multiplier #(.A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED)) u_multiplier (
      .a_i(a_q), .b_i(b_q), .p_o(product)
  );
  accumulate #(.ACC_WIDTH(ACC_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED), .SATURATE(SATURATE)) u_accumulate (
      .sum_i(sum_q & {ACC_WIDTH{~first_q}}), .product_i(product & {P_WIDTH{b_valid_q}}), .sum_o(sum)
  );

  assign valid_o = valid_q;
  assign first_o = first_q;
  assign last_o = last_q;
  assign a_o = a_q;
  assign b_o = b_q;
  assign b_valid_o = b_valid_q;
  assign result_o = result_q;
endmodule
