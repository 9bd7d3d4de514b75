// Mitchell's binary logarithm of an unsigned number, {exponent k, fraction x}: value = 2^k * (1 + x), taken as log2 = k + x.
// The fraction has WIDTH-1 bits and is exact. Zero has no logarithm; it gives 0, like the value 1.
//
// Worked example, WIDTH = 8: 200 = 2^7 * (1 + 72/128) -> {3'd7, 7'd72}; 5 = 2^2 * (1 + 32/128) -> {3'd2, 7'd32}.
module binary_logarithm #(
    parameter WIDTH = 8  // 2 or more
) (
    input  wire [WIDTH-1:0]               value_i,
    output wire [WIDTH+$clog2(WIDTH)-2:0] logarithm_o
);
  localparam EXPONENT = $clog2(WIDTH);

  wire [WIDTH-1:0] onehot;
  leading_one #(.WIDTH(WIDTH)) u_leading_one (.value_i(value_i), .onehot_o(onehot));

  // Bit m of the exponent is set if the leading one stands at a position whose bit m is set.
  wire [EXPONENT-1:0] exponent;
  genvar i, m;
  generate
    for (m = 0; m < EXPONENT; m = m + 1) begin : g_exponent
      wire [WIDTH-1:0] hit;
      for (i = 0; i < WIDTH; i = i + 1) begin : g_position
        assign hit[i] = onehot[i] & (((i >> m) % 2) == 1);
      end
      assign exponent[m] = |hit;
    end
  endgenerate

  // The bits below the leading one, moved up to the fraction's top; shifting one bit less than the full word drops the one.
  wire [WIDTH-2:0] below = value_i[WIDTH-2:0] & ~onehot[WIDTH-2:0];
  wire [EXPONENT:0] shift = WIDTH[EXPONENT:0] - {{EXPONENT{1'b0}}, 1'b1} - {1'b0, exponent};
  assign logarithm_o = {exponent, below << shift};
endmodule
