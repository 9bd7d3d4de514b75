// Keeps the K bits of a number from its leading one on, at their place, and forces the lowest of them to one;
// numbers of at most K bits pass unchanged.
//
// Worked example, WIDTH = 8, K = 4: 8'b11001000 -> 8'b11010000; 8'b00001010 -> 8'b00001010.
module dynamic_segment #(
    parameter WIDTH = 8,
    parameter K = 4  // 1 to WIDTH
) (
    input  wire [WIDTH-1:0] value_i,
    output wire [WIDTH-1:0] segment_o
);
  wire [WIDTH-1:0] onehot;
  leading_one #(.WIDTH(WIDTH)) u_leading_one (.value_i(value_i), .onehot_o(onehot));

  // lowest[i]: bit i is the lowest of the K kept bits and bits below it are cut, as the leading one stands at i + K - 1.
  wire [WIDTH-1:0] lowest = (onehot >> (K - 1)) & ~{{(WIDTH - 1) {1'b0}}, 1'b1};
  // lowest - 1 has ones exactly below the lowest kept bit; without one, no bit is cut.
  wire [WIDTH-1:0] cut = (lowest == {WIDTH{1'b0}}) ? {WIDTH{1'b0}} : lowest - {{(WIDTH - 1) {1'b0}}, 1'b1};
  assign segment_o = (value_i & ~cut) | lowest;
endmodule
