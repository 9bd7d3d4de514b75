// The power of two nearest to an unsigned number, as a one-hot mask: ties go up, but 3 goes to 2; zero gives zero.
//
// Worked example, WIDTH = 8: 200 -> 9'b1_0000_0000 (256), 95 -> 9'b0_0100_0000 (64), 96 -> 9'b0_1000_0000 (128), 3 -> 2.
module nearest_power #(
    parameter WIDTH = 8
) (
    input  wire [WIDTH-1:0] value_i,
    output wire [WIDTH:0]   onehot_o
);
  wire [WIDTH-1:0] onehot;
  leading_one #(.WIDTH(WIDTH)) u_leading_one (.value_i(value_i), .onehot_o(onehot));

  // Up if the bit behind the leading one is set, unless it is bit 0.
  wire up = |((value_i & (onehot >> 1)) >> 1);
  assign onehot_o = up ? {onehot, 1'b0} : {1'b0, onehot};
endmodule
