"""Small multipliers in many styles of Verilog, each with the products that its author meant, written out in NumPy."""

import numpy as np

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


LOG = np.array([0, 0, 1, 1, 2, 2, 2, 2, *[3] * 8])
"""Position of the leading one; 0 for 0."""


def bit_up(a, b, index):
    """A bit of {A, B} counted from the highest."""
    return (a << 4 | b) >> 7 - index & 1


def towards_zero(x, by):
    return np.sign(x) * np.sign(by) * (abs(x) // abs(by))


def put(word, place, value, mask):
    """A word with some bits, at a place, replaced."""
    return word & ~(mask << place) | (value & mask) << place


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
    "casez": (
        f"{HEAD}reg [7:0] r; assign O = r;\nalways @* casez (A) 4'b1???: r = B; 4'b01z?: r = 2 * B; "
        "4'b00?0: r = 3; default: r = A; endcase\nendmodule",
        lambda a, b: np.select([a >= 8, a >= 4, a % 2 == 0], [b, b * 2, 3], a),
    ),
    "casex": (
        f"{HEAD}localparam [3:0] TOP = 4'b1xxx;\nreg [7:0] r; assign O = r;\nalways @* casex (A) TOP, {{2'b0x, 2'b11}}: r = B; "
        "4'b?: r = 7; endcase\nendmodule",
        lambda a, b: np.where((a >= 8) | (a % 4 == 3), b, 7),
    ),
    "casez that covers all": (
        f"{HEAD}reg [7:0] r; assign O = r;\n"
        "always @* casez (A[1:0]) 2'b1?: r = B; 2'b?1: r = A; 2'b00: r = 9; endcase\nendmodule",
        lambda a, b: np.select([a % 4 >= 2, a % 2 == 1], [b, a], 9),
    ),
    "functions": (
        f"""{HEAD}
  function automatic [2:0] leading(input [3:0] x);
    integer i;
    begin
      leading = 0;
      for (i = 0; i < 4; i = i + 1) if (x[i]) leading = i[2:0];
    end
  endfunction
  function signed [7:0] scaled;
    input signed [4:0] x;
    input [2:0] by;
    reg signed [7:0] wide;
    begin
      wide = x;
      scaled = wide <<< by;
    end
  endfunction
  function integer log2(input integer n); begin log2 = 0; while (n > 1) begin n = n >> 1; log2 = log2 + 1; end end endfunction
  localparam N = log2(9);
  assign O = scaled(~{{1'b0, A}}, leading(B)) + N * leading(leading({{1'b0, A[2:0]}}) + 1);
endmodule""",
        lambda a, b: ((-1 - a << LOG[b]) + 3 * LOG[(LOG[a % 8] + 1) % 16]) % 256,
    ),
    "loops": (
        f"""{HEAD}reg [7:0] r; reg [2:0] k; assign O = r;
  always @* begin
    r = 1;
    repeat (3) r = r + A;
    k = 0;
    while (k < 2) begin r = r + B; k = k + 1; end
    do k = k - 1; while (k != 0);
    r = r + k;
  end
endmodule""",
        lambda a, b: (1 + 3 * a + 2 * b) % 256,
    ),
    "computed part selects": (
        f"{HEAD}wire [7:0] w = {{A, B}};\nassign O = {{w[A[2:1] +: 4], w[{{1'b1, B[1:0]}} -: 4]}}; endmodule",
        lambda a, b: ((a << 4 | b) >> (a >> 1 & 3) & 15) << 4 | ((a << 4 | b) >> 1 + b % 4) & 15,
    ),
    "computed bits of an ascending range": (
        f"{HEAD}wire [0:7] w = {{A, B}};\nassign O = {{w[A[1:0] +: 2], w[7 - B[2:0]], w[A[2:0]]}}; endmodule",
        lambda a, b: (
            bit_up(a, b, a & 3) << 3 | bit_up(a, b, (a & 3) + 1) << 2 | bit_up(a, b, 7 - (b & 7)) << 1 | bit_up(a, b, a & 7)
        ),
    ),
    "a short index into a long vector": (
        f"{HEAD}wire [15:0] w = {{8'hff, A, B}};\nassign O = w[B[2:0]]; endmodule",
        lambda a, b: (a << 4 | b) >> (b & 7) & 1,
    ),
    "computed assignments": (
        f"""{HEAD}reg [7:0] r; assign O = r;
  always @* begin r = 8'h0f; r[A[2:0]] = B[3]; r[{{1'b0, B[1:0]}} +: 2] = A[1:0]; end
endmodule""",
        lambda a, b: put(put(0x0F + 0 * a, a & 7, b >> 3, 1), b & 3, a & 3, 3),
    ),
    "arrays of words": (
        f"""{HEAD}wire [7:0] pp [0:3]; reg [7:0] t [3:0][1:2]; genvar i; integer k;
  for (i = 0; i < 4; i = i + 1) begin : g assign pp[i] = A[i] ? B << i : 8'd0; end
  always @* for (k = 0; k < 4; k = k + 1) begin t[k][1] = k; t[k][2] = pp[k]; end
  assign O = t[0][2] + t[1][2] + pp[2] + pp[3] + t[A[1:0]][1];
endmodule""",
        lambda a, b: (a * b + a % 4) % 256,
    ),
    "division by constants": (
        f"""{HEAD}wire signed [4:0] s = {{1'b0, A}} - 5'd8;
  wire signed [4:0] q = s / -3, r = s % 3;
  assign O = {{q[3:0], r[3:0]}} + (A * B) / 7 + B % 5;
endmodule""",
        lambda a, b: (towards_zero(a - 8, -3) % 16 * 16 + (a - 8 - 3 * towards_zero(a - 8, 3)) % 16 + a * b // 7 + b % 5) % 256,
    ),
    "gates": (
        f"{HEAD}wire [3:0] w; supply0 z; and g [3:0] (w, A, B); not (O[7], A[0]); nor (O[6], A[1], B[1], z);\n"
        "assign O[5:4] = 0, O[3:0] = w; endmodule",
        lambda a, b: (a & b) | (~a & 1) << 7 | (~(a | b) >> 1 & 1) << 6,
    ),
}
"""Text, and the products, or None where the judge is written in the test."""
