// Approximate adder whose carries go one place only, and its error: a + b = s + e.
//
// Worked example, WIDTH = 16: 200 + 400: half sums 344, carries 256; s = 344 | 256 = 344, e = 344 & 256 = 256.
module carry_free_adder #(
    parameter WIDTH = 16
) (
    input  wire [WIDTH-1:0] a_i,
    input  wire [WIDTH-1:0] b_i,
    output wire [WIDTH-1:0] s_o,
    output wire [WIDTH-1:0] e_o
);
  wire [WIDTH-1:0] half = a_i ^ b_i;
  wire [WIDTH-1:0] carries = (a_i & b_i) << 1;
  assign s_o = half | carries;
  assign e_o = half & carries;
endmodule
