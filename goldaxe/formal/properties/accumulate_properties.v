// accumulate: the exact sum of a sum and a product, in 48 bits, wrapped around or clamped, at both ends of all widths and between.
//
// Worked example, 8 bits, saturating: 127 + 1 is 127; wrapping, it is -128.
module accumulate_properties (
    input wire [31:0] sum_i,
    input wire [39:0] product_i
);
  genvar n;
  generate
    for (n = 0; n < 36; n = n + 1) begin : g_case
      localparam ACC_WIDTH = n % 3 == 0 ? 8 : n % 3 == 1 ? 17 : 32;
      localparam P_WIDTH = (n / 3) % 3 == 0 ? 4 : (n / 3) % 3 == 1 ? 17 : 40;
      localparam P_SIGNED = (n / 9) % 2;
      localparam SATURATE = n / 18;
      wire [ACC_WIDTH-1:0] sum_o;
      accumulate #(.ACC_WIDTH(ACC_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED), .SATURATE(SATURATE)) u_dut (
          .sum_i(sum_i[ACC_WIDTH-1:0]), .product_i(product_i[P_WIDTH-1:0]), .sum_o(sum_o)
      );
      wire signed [ACC_WIDTH-1:0] sum = sum_i[ACC_WIDTH-1:0];
      wire signed [P_WIDTH:0] product = {P_SIGNED != 0 && product_i[P_WIDTH-1], product_i[P_WIDTH-1:0]};
      wire signed [47:0] sum_wide = sum;
      wire signed [47:0] product_wide = product;
      wire signed [47:0] exact = sum_wide + product_wide;
      wire signed [47:0] limit = 48'sd1 <<< (ACC_WIDTH - 1);
      wire signed [47:0] clamped = exact >= limit ? limit - 48'sd1 : exact < -limit ? -limit : exact;
      wire signed [47:0] expected = SATURATE != 0 ? clamped : exact;
      always @(*) assert (sum_o == expected[ACC_WIDTH-1:0]);
    end
  endgenerate
endmodule
