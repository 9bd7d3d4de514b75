// Reference of udm: b * a - 2 * t(b) * t(a), where t has the digit 1 in base 4 wherever its operand has the digit 3, else 0.
//
// Worked example, WIDTH = 4: 7 * 7 = 49; 7 is 13 in base 4, t = 01 = 1; p = 49 - 2 = 47.
module udm #(
    parameter WIDTH = 8
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o,
    output wire [2*WIDTH-1:0] plus_o,  // p_o = plus_o - minus_o, each a sum over digits
    output wire [2*WIDTH-1:0] minus_o
);
  wire [2*WIDTH-1:0] a = {{WIDTH{1'b0}}, a_i};
  wire [2*WIDTH-1:0] b = {{WIDTH{1'b0}}, b_i};
  wire [2*WIDTH-1:0] ones = {WIDTH{2'b01}};
  assign plus_o = b * a;
  assign minus_o = (b & (b >> 1) & ones) * (a & (a >> 1) & ones) << 1;
  assign p_o = plus_o - minus_o;
endmodule
