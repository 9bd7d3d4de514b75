"""Nets, variables and ports of every type are read with their own width and order, or refused by name."""

import numpy as np
import pytest
from verilog_samples import HEAD

from importer import VerilogError, import_verilog
from importer._design import read
from multipliers import exhaustive

pytestmark = pytest.mark.filterwarnings("ignore::importer.ReadingWarning")
"""Most of these circuits are no multipliers, which is said of them: test_readings.py has that."""

ROWS = """module rows(input [3:0] a, b, output [3:0] r RANGE);
  genvar i;
  generate for (i = 0; i < 4; i = i + 1) begin : row
    assign r[i] = a & {4{b[i]}};
  end endgenerate
endmodule
module m(input [3:0] A, B, output [7:0] O);
  wire [3:0] r [3:0];
  rows u(A, B, r);
  assign O = r[0] + (r[1] << 1) + (r[2] << 2) + (r[3] << 3);
endmodule
"""


def reversed_bits(b):
    return sum((b >> bit & 1) << (3 - bit) for bit in range(4))


READ = {
    "array between modules": (ROWS.replace("RANGE", "[3:0]"), lambda a, b: a * b),
    "array, first element to first": (ROWS.replace("RANGE", "[0:3]"), lambda a, b: a * reversed_bits(b)),
    "array of instances": (
        "module row(input x, input [3:0] b, output [3:0] r); assign r = b & {4{x}}; endmodule\n"
        f"{HEAD}wire [3:0] r [3:0]; row u [3:0] (A, B, r);\n"
        "assign O = r[0] + (r[1] << 1) + (r[2] << 2) + (r[3] << 3); endmodule",
        lambda a, b: a * b,
    ),
    "array into a module": (
        "module g(input [3:0] r [1:2], output [7:0] o); assign o = r[1] * r[2] + r[2]; endmodule\n"
        f"{HEAD}wire [3:0] r [7:6]; assign r[7] = A, r[6] = B; g u(r, O); endmodule",
        lambda a, b: a * b + b,
    ),
    "array of a net's declaration": (
        f"{HEAD}wire [3:0] r [0:1]; assign r[0] = A, r[1] = B; wire [3:0] s [1:0] = r; assign O = {{s[1], s[0]}}; endmodule",
        lambda a, b: a * 16 + b,
    ),
    "port narrower than its signed value": (
        "module g(input signed [5:0] x, output signed [2:0] y); assign y = x[3:1]; endmodule\n"
        f"{HEAD}wire signed [3:0] a = A; wire [7:0] w; g u(a, w); assign O = w ^ B; endmodule",
        lambda a, b: (np.where(a >> 1 >= 4, (a >> 1) - 8, a >> 1) ^ b) & 255,
    ),
    "two-state types": (
        f"{HEAD}bit [3:0] r; byte s; assign r = A; assign s = $signed(B); assign O = s * $signed(r); endmodule",
        lambda a, b: ((a ^ 8) - 8) * ((b ^ 8) - 8) & 255,
    ),
    "packed struct as a whole": (
        f"{HEAD}typedef struct packed {{logic [3:0] x, y;}} pair; pair q; assign q = {{A, B}}; assign O = q; endmodule",
        lambda a, b: a * 16 + b,
    ),
    "one name in two nested blocks": (
        f"{HEAD}reg [7:0] r; assign O = r; always @* begin int i; i = A; begin int i; i = B; end r = i; end endmodule",
        lambda a, b: a + 0 * b,
    ),
    "one name in two blocks": (
        f"{HEAD}reg [7:0] r, s; assign O = r ^ s; always @* begin reg [7:0] i; i = A; r = i * 3; end\n"
        "always @* begin reg [7:0] i; i = B; s = i * 5; end endmodule",
        lambda a, b: (3 * a) ^ (5 * b),
    ),
}

REFUSED = {
    "struct's member": (
        "typedef struct packed {logic [3:0] x; logic [3:0] y;} pair; pair q; assign q = {A, B}; assign O = q.x;",
        "MemberAccess",
    ),
    "union": ("typedef union packed {logic [7:0] x; byte y;} u; u q; assign q = {A, B}; assign O = q.y;", "MemberAccess"),
    "unpacked struct": ("typedef struct {logic [3:0] x;} s; s q; assign q.x = A; assign O = q.x;", "q, which is no vector"),
    "array parameter": ("localparam [3:0] T [0:1] = '{4'd1, 4'd2}; assign O = T[A[0]] * B;", "a constant that is no vector"),
    "real parameter": ("parameter real R = 2.6; assign O = A * int'(R) + B;", "a value of type real"),
    "dynamic array": ("reg [3:0] q []; assign O = A;", "q, which is no vector"),
    "stream": ("assign O = {<<{A, B}};", "a value of type void"),
    "gate with a wide output": ("and g(O, A[0], B[0]);", "a primitive and whose output has 8 bits"),
    "wide array": ("reg [63:0] w [0:1024]; assign O = A;", "w, a signal of 65,600 bits"),
}


@pytest.mark.parametrize("name", READ)
def test_read_as_verilog_does(name, tmp_path):
    text, judge = READ[name]
    (tmp_path / "m.sv").write_text(text)
    multiplier = import_verilog(tmp_path / "m.sv", simulate=False).multiplier
    pairs = exhaustive(multiplier)
    np.testing.assert_array_equal(multiplier(pairs.a, pairs.b), judge(pairs.a, pairs.b))


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_name(name):
    body, sentence = REFUSED[name]
    with pytest.raises(VerilogError, match=rf"^m.sv, line 2: .*{sentence}"):
        read("m.sv", f"{HEAD}{body} endmodule", None, (None, None, None))


def test_array_ports_as_verilator_simulates_them(tmp_path):
    (tmp_path / "m.sv").write_text(ROWS.replace("RANGE", "[3:0]"))
    done = import_verilog(tmp_path / "m.sv")
    assert done.verification.exhaustive
    assert (int(done.multiplier(3, 5)), int(done.multiplier(15, 15))) == (15, 225)
