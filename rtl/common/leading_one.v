// Leading-one detector: a one-hot mask of the highest set bit; all zero for zero.
//
// Worked example, WIDTH = 8: value 8'b00101100 -> onehot 8'b00100000.
module leading_one #(
    parameter WIDTH = 8
) (
    input  wire [WIDTH-1:0] value_i,
    output wire [WIDTH-1:0] onehot_o
);
  // above[i]: some bit above i is set.
  wire [WIDTH-1:0] above;
  assign above[WIDTH-1] = 1'b0;
  assign onehot_o = value_i & ~above;
  genvar i;
  generate
    for (i = WIDTH - 2; i >= 0; i = i - 1) begin : g_bit
      assign above[i] = value_i[i+1] | above[i+1];
    end
  endgenerate
endmodule
