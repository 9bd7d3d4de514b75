// Both operands without their T low bits, multiplied exactly: synthesis is left with a multiplier of WIDTH-T bits.
//
// Worked example, WIDTH = 8, T = 4: 200 = 1100_1000 -> 192, 100 = 0110_0100 -> 96; p = 192 * 96 = 18432.
module truncated_operands #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter T = 4       // low bits dropped, 0 to WIDTH-1
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (T < 0 || T > WIDTH - 1) begin : g_bad_t
      illegal_T_must_be_0_to_WIDTH_minus_1 u_bad ();
    end
  endgenerate

  wire [WIDTH-1:0] a_cut = (a_i >> T) << T;
  wire [WIDTH-1:0] b_cut = (b_i >> T) << T;
  assign p_o = {{WIDTH{1'b0}}, a_cut} * {{WIDTH{1'b0}}, b_cut};
endmodule
