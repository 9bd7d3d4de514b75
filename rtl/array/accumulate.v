// Adds a product to a two's complement sum of ACC_WIDTH bits; a sum that does not fit wraps around, or is clamped.
//
// Worked example, ACC_WIDTH = 16, P_WIDTH = 16, P_SIGNED = 1: 32000 + 1000 = 33000, which wraps around to -32536 (16'h80e8),
// and with SATURATE = 1 is 32767 (16'h7fff).
module accumulate #(
    parameter ACC_WIDTH = 32,  // 8 to 32
    parameter P_WIDTH = 16,    // 4 to 40
    parameter P_SIGNED = 0,    // 1: the product is two's complement
    parameter SATURATE = 0     // 1: clamp, 0: wrap around
) (
    input  wire [ACC_WIDTH-1:0] sum_i,
    input  wire [P_WIDTH-1:0]   product_i,
    output wire [ACC_WIDTH-1:0] sum_o
);
  generate
    if (ACC_WIDTH < 8 || ACC_WIDTH > 32) begin : g_bad_accumulator
      illegal_ACC_WIDTH_must_be_8_to_32 u_bad ();
    end
    if (P_WIDTH < 4 || P_WIDTH > 40) begin : g_bad_product
      illegal_P_WIDTH_must_be_4_to_40 u_bad ();
    end
  endgenerate

  // Wide enough for the exact sum, whichever of the two is wider.
  localparam WIDE = (ACC_WIDTH > P_WIDTH ? ACC_WIDTH : P_WIDTH) + 2;
  wire product_sign = (P_SIGNED != 0) & product_i[P_WIDTH-1];
  wire [WIDE-1:0] exact = {{(WIDE - ACC_WIDTH) {sum_i[ACC_WIDTH-1]}}, sum_i}
                        + {{(WIDE - P_WIDTH) {product_sign}}, product_i};

  generate
    if (SATURATE != 0) begin : g_saturate
      // It fits if all bits from the accumulator's sign on are equal.
      wire fits = (&exact[WIDE-1:ACC_WIDTH-1]) | ~(|exact[WIDE-1:ACC_WIDTH-1]);
      assign sum_o = fits ? exact[ACC_WIDTH-1:0] : {exact[WIDE-1], {(ACC_WIDTH - 1) {~exact[WIDE-1]}}};
    end else begin : g_wrap
      assign sum_o = exact[ACC_WIDTH-1:0];
      wire unused_carry = |exact[WIDE-1:ACC_WIDTH];
    end
  endgenerate
endmodule
