// Exact multiplier: p = a * b, each operand unsigned or two's complement.
//
// Worked example, WIDTH = 8, both unsigned: 200 * 100 = 20000 (16'h4e20); both signed: a = 8'hc8 = -56, p = -5600 (16'hea20).
module exact #(
    parameter WIDTH = 8,     // bits of each operand, 2 to 16
    parameter A_SIGNED = 0,  // 1: a is two's complement
    parameter B_SIGNED = 0   // 1: b is two's complement
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
  endgenerate

  // Operands are extended to the product's width first; the low 2*WIDTH bits of the product are then right for any signs.
  wire a_fill = (A_SIGNED != 0) & a_i[WIDTH-1];
  wire b_fill = (B_SIGNED != 0) & b_i[WIDTH-1];
  assign p_o = {{WIDTH{a_fill}}, a_i} * {{WIDTH{b_fill}}, b_i};
endmodule
