// Cuts a number to M bits at one of few fixed places, the lowest that loses no leading bits: value is close to
// segment * 2^shift. Shifts are 0 and WIDTH-M, and between them (WIDTH-M)/2, rounded down, if MIDDLE is set.
//
// Worked example, WIDTH = 8, M = 4, MIDDLE = 1: 200 -> 4'b1100, shift 4; 8'b0010_1101 -> 4'b1011, shift 2;
// 9 -> 4'b1001, shift 0.
module static_segment #(
    parameter WIDTH = 8,  // 2 to 16
    parameter M = 4,      // WIDTH/2, rounded up, to WIDTH
    parameter MIDDLE = 0  // 1: there is a third segment
) (
    input  wire [WIDTH-1:0] value_i,
    output wire [M-1:0]     segment_o,
    output wire [3:0]       shift_o
);
  localparam TOP = WIDTH - M;
  localparam HALF = MIDDLE != 0 ? TOP / 2 : 0;

  generate
    if (TOP == 0) begin : g_whole
      assign shift_o = 4'd0;
      assign segment_o = value_i;
    end else if (HALF == 0) begin : g_two
      wire upper = |value_i[WIDTH-1:M];
      assign shift_o = upper ? TOP[3:0] : 4'd0;
      assign segment_o = upper ? value_i[WIDTH-1:TOP] : value_i[M-1:0];
    end else begin : g_three
      wire upper = |value_i[WIDTH-1:M+HALF];
      wire middle = |value_i[M+HALF-1:M];
      assign shift_o = upper ? TOP[3:0] : middle ? HALF[3:0] : 4'd0;
      assign segment_o = upper ? value_i[WIDTH-1:TOP] : middle ? value_i[M+HALF-1:HALF] : value_i[M-1:0];
    end
  endgenerate
endmodule
