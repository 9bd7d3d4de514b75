// Reference of truncated_operands: a times the high part of b, less the low part of a times the high part of b.
//
// Worked example, WIDTH = 8, T = 4: 200 * 100: the high part of b is 96, the low part of a 8; 200 * 96 - 8 * 96 = 18432.
module truncated_operands #(
    parameter WIDTH = 8,
    parameter T = 4
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o,
    output wire [2*WIDTH-1:0] plus_o,  // p_o = plus_o - minus_o, each a sum over digits
    output wire [2*WIDTH-1:0] minus_o
);
  wire [2*WIDTH-1:0] a = {{WIDTH{1'b0}}, a_i};
  wire [2*WIDTH-1:0] b = {{WIDTH{1'b0}}, b_i};
  wire [2*WIDTH-1:0] high = {2 * WIDTH{1'b1}} << T;
  assign plus_o = a * (b & high);
  assign minus_o = (a & ~high) * (b & high);
  assign p_o = plus_o - minus_o;
endmodule
