// Static segment multiplier (Narayanamoorthy et al., IEEE TVLSI 2015): of each operand the M top bits, or the M low bits if all
// others are zero, meet in an M x M multiplier.
//
// Worked example, WIDTH = 8, M = 5: 200 -> 11001 << 3, 100 -> 01100 << 3; p = 25 * 12 << 6 = 19200.
module ssm #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter M = 4       // bits of a segment, WIDTH/2, rounded up, to WIDTH
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (M < (WIDTH + 1) / 2 || M > WIDTH) begin : g_bad_m
      illegal_M_must_be_half_of_WIDTH_to_WIDTH u_bad ();
    end
  endgenerate

  wire [M-1:0] a_segment;
  wire [M-1:0] b_segment;
  wire [3:0] a_shift;
  wire [3:0] b_shift;
  static_segment #(.WIDTH(WIDTH), .M(M), .MIDDLE(0)) u_a (.value_i(a_i), .segment_o(a_segment), .shift_o(a_shift));
  static_segment #(.WIDTH(WIDTH), .M(M), .MIDDLE(0)) u_b (.value_i(b_i), .segment_o(b_segment), .shift_o(b_shift));

  // A product of M x M bits, extended only where there is something to shift it into.
  wire [2*M-1:0] product = {{M{1'b0}}, a_segment} * {{M{1'b0}}, b_segment};
  wire [2*WIDTH-1:0] wide;
  assign wide[2*M-1:0] = product;
  generate
    if (M < WIDTH) begin : g_top
      assign wide[2*WIDTH-1:2*M] = {(2 * WIDTH - 2 * M) {1'b0}};
    end
  endgenerate
  assign p_o = wide << ({1'b0, a_shift} + {1'b0, b_shift});
endmodule
