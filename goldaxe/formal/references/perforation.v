// Reference of perforation: a * b, less a times the K bits of b from bit J on.
//
// Worked example, WIDTH = 8, J = 1, K = 2: b = 100 = 0110_0100 has 4 in bits 1 and 2; p = 20000 - 200 * 4 = 19200.
module perforation #(
    parameter WIDTH = 8,
    parameter J = 1,
    parameter K = 2
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o,
    output wire [2*WIDTH-1:0] plus_o,  // p_o = plus_o - minus_o, each a sum over digits
    output wire [2*WIDTH-1:0] minus_o
);
  wire [2*WIDTH-1:0] a = {{WIDTH{1'b0}}, a_i};
  wire [2*WIDTH-1:0] b = {{WIDTH{1'b0}}, b_i};
  wire [2*WIDTH-1:0] dropped = ({2 * WIDTH{1'b1}} << J) & ~({2 * WIDTH{1'b1}} << (J + K));
  assign plus_o = a * b;
  assign minus_o = a * (b & dropped);
  assign p_o = plus_o - minus_o;
endmodule
