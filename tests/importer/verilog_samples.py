"""Small multipliers in many styles of Verilog, each with the products that its author meant, written out in NumPy."""

HALF_ADDER = "module ha(x, y, s, c); input x, y; output s, c; xor g1(s, x, y); and g2(c, x, y); endmodule\n"
FULL_ADDER = """module fa(input x, y, z, output s, c);
  wire t, u, v;
  ha h1(x, y, t, u);
  ha h2(.c(v), .s(s), .x(t), .y(z));
  or (c, u, v);
endmodule
"""

ARRAY = (
    HALF_ADDER
    + FULL_ADDER
    + """module array_mul #(parameter W = 5) (input [0:W-1] A, input [W:1] B, output [2*W-1:0] O);
  genvar i, j;
  generate for (i = 0; i < W; i = i + 1) begin : r
    wire [W:0] s;
    wire [W-1:0] c, above, pp;
    assign pp = B & {W{A[W-1-i]}};
    if (i == 0) begin : first
      assign above = {W{1'b0}};
    end else begin : later
      assign above = r[i-1].s[W:1];
    end
    for (j = 0; j < W; j = j + 1) begin : col
      if (j == 0) ha h(pp[j], above[j], s[j], c[j]);
      else fa f(pp[j], above[j], c[j-1], s[j], c[j]);
    end
    assign s[W] = c[W-1];
    assign O[i] = s[0];
  end endgenerate
  assign O[2*W-1:W] = r[W-1].s[W:1];
endmodule
"""
)

NETLIST = """/***
* A flat netlist with cells of its own.
***/
// MAE = 0.25
// WCE = 1
// EP% = 25.00 %
// MSE = 0.25
module mul4u_netlist(A, B, O);
  input [3:0] A;
  input [3:0] B;
  output [7:0] O;
  wire [2031:0] N;
  wire [7:0] exact = A * B;
  CELL_OR2 n0(.A(exact[0]), .B(exact[1]), .Y(N[7]));
  assign O = {exact[7:1], N[7]};
endmodule
module CELL_OR2(input A, input B, output Y); assign Y = A | B; endmodule
"""

SIGNED_BLOCK = """module mul_block(B, A, O);
  input signed [3:0] A;
  input signed [5:0] B;
  output reg signed [9:0] O;
  integer k;
  always @(A or B) begin
    O = 0;
    for (k = 0; k < 5; k = k + 1) if (B[k]) O = O + (A <<< k);
    if (B[5]) O = O - (A <<< 5);
  end
endmodule
"""

HEAD = "module m(input [3:0] A, B, output [7:0] O);\n"


def one(expression: str) -> str:
    """A module of one expression."""
    return f"{HEAD}assign O = {expression}; endmodule"


def truncated(a, b):
    return (a & ~3) * b


STYLES = {
    "array": (ARRAY, lambda a, b: a * b),
    "netlist": (NETLIST, lambda a, b: a * b | (a * b >> 1 & 1)),
    "signed block": (SIGNED_BLOCK, lambda a, b: a * b),
    "reversed order": (
        "module m(O, B, A); output [7:0] O; input [3:0] B; input [3:0] A; assign O = (A & 4'hc) * B; endmodule",
        truncated,
    ),
    "macro": ("`define LOW 2\n" + one("((A >> `LOW) << `LOW) * B"), truncated),
    "ifdef": (f"{HEAD}`ifdef X\nassign O = A;\n`else\nassign O = {{A[3:2], 2'b0}} * B;\n`endif\nendmodule", truncated),
    "ternary": (one("A > B ? A - B : A == B ? 8'd200 : {A, B}"), None),
    "minus": (one("-A + ~B"), lambda a, b: (-a + ~b) % 256),
    "reductions": (one("{&A, |A, ^A, ~&B, ~|B, ~^B, !A, A && B}"), None),
    "shifts": (one("(A << B) ^ (8'hf3 >> B[1:0])"), lambda a, b: (a << b ^ 0xF3 >> (b & 3)) % 256),
    "signed shift": (one("$signed(A) >>> B[1:0]"), lambda a, b: ((a ^ 8) - 8 >> (b & 3)) % 256),
    "signed compare": (one("$signed(A) < $signed(B)"), lambda a, b: ((a ^ 8) < (b ^ 8)) * 1),
    "bit of a computed index": (one("A[B[1:0]]"), lambda a, b: a >> (b & 3) & 1),
    "part select": (one("A[1 +: 3] * B[3 -: 2]"), lambda a, b: (a >> 1) * (b >> 2)),
    "case": (
        f"{HEAD}reg [7:0] r; assign O = r;\nalways @* case (A[1:0]) 0: r = B; 1: r = A + B; default: r = 7; endcase\nendmodule",
        lambda a, b: (a % 4 == 0) * b + (a % 4 == 1) * (a + b) + (a % 4 > 1) * 7,
    ),
    "divided constants": (
        f"{HEAD}localparam N = 9 / 4, P = 2 ** 3 % 5;\nassign O = A * N + P; endmodule",
        lambda a, b: a * 2 + 3,
    ),
    "gates": (
        f"{HEAD}wire [3:0] w; supply0 z; and g [3:0] (w, A, B); not (O[7], A[0]); nor (O[6], A[1], B[1], z);\n"
        "assign O[5:4] = 0, O[3:0] = w; endmodule",
        lambda a, b: (a & b) | (~a & 1) << 7 | (~(a | b) >> 1 & 1) << 6,
    ),
}
"""Text, and the products, or None where the judge is written in the test."""
