// Reference of exact: Verilog's own signed product, each operand widened by its sign or by a zero.
//
// Worked example, WIDTH = 8, both signed: a = 8'hc8 = -56, b = 100: p = -5600 (16'hea20).
module exact #(
    parameter WIDTH = 8,
    parameter A_SIGNED = 0,
    parameter B_SIGNED = 0
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o,
    output wire [2*WIDTH-1:0] plus_o,  // p_o = plus_o - minus_o, each a sum over digits
    output wire [2*WIDTH-1:0] minus_o
);
  wire signed [2*WIDTH-1:0] a = A_SIGNED != 0 ? {{WIDTH{a_i[WIDTH-1]}}, a_i} : {{WIDTH{1'b0}}, a_i};
  wire signed [2*WIDTH-1:0] b = B_SIGNED != 0 ? {{WIDTH{b_i[WIDTH-1]}}, b_i} : {{WIDTH{1'b0}}, b_i};
  // Rows are those of the second factor's bits: with two signs the design's rows are a's.
  assign plus_o = A_SIGNED != 0 && B_SIGNED != 0 ? b * a : a * b;
  assign minus_o = {2 * WIDTH{1'b0}};
  assign p_o = plus_o - minus_o;
endmodule
