"""Corners of Verilog that few files reach: the products that the standard gives them, and what is refused there."""

from pathlib import Path

import numpy as np
import pytest
from verilog_samples import HEAD, one, put

from importer import VerilogError, import_many, import_verilog, verilog_files
from importer._design import read
from importer._text import LARGEST, refuse_text
from multipliers import CacheError, Operand
from multipliers._netlist import Netlist

A, B = np.meshgrid(np.arange(16), np.arange(16), indexing="ij")


def products(text: str) -> np.ndarray:
    """P(a, b), (16, 16), of a module of 4-bit operands, read in this process."""
    circuit = read("t.v", text, None, (None, None, None))
    gates = np.array(circuit["gates"], np.int32).reshape(-1, 3)
    width = circuit["ports"][2][1]
    netlist = Netlist(Operand(4, False), Operand(4, False), Operand(width, False), gates, np.array(circuit["outputs"]))
    return netlist(A, B)


def part_below(word, index, count):
    """`word[index -: count]`, with zeros for what lies below bit 0."""
    low = index - count + 1
    return np.where(low >= 0, word >> np.maximum(low, 0), word << np.maximum(-low, 0)) & (1 << count) - 1


CORNERS = {
    "a quotient of as many bits as the divisor": (
        f"{HEAD}wire [3:0] q = A / 4'd13, r = A % 4'd9; assign O = {{q, r}}; endmodule",
        (A // 13) << 4 | A % 9,
    ),
    "a shift by more than there is": (
        f"{HEAD}assign O = {{A, 4'b1010}} >> {{B, 1'b1}}; endmodule",
        (A << 4 | 10) >> np.minimum(2 * B + 1, 8),
    ),
    "a shift to the left by more than there is": (one("{A, 4'b1010} << {B, 1'b1}"), ((A << 4 | 10) << 2 * B + 1) % 256),
    "an arithmetic shift of an unsigned word": (one("{A, 4'b1010} >>> B[1:0]"), (A << 4 | 10) >> B % 4),
    "a condition of many bits": (one("A ? B : 8'd77"), np.where(A > 0, B, 77)),
    "conditions of many bits in logic": (one("{A && B, A || B, !A}"), (A * B > 0) * 4 + (A + B > 0) * 2 + (A == 0)),
    "constants below zero divided": (
        f"{HEAD}localparam signed [7:0] N = -9 / 4, M = -9 % 4, P = 9 / -4, Q = 9 % -4;\n"
        "assign O = N * 64 + M * 16 + P * 4 + Q; endmodule",
        (-2 * 64 - 16 - 2 * 4 + 1) % 256 + 0 * A,
    ),
    "variables below zero divided": (
        f"""{HEAD}reg [7:0] r; integer i, k; assign O = r;
  always @* begin i = -9; k = i / 4 * 16 + i % 4 * 4; i = 9; k = k + i / -4; r = k; end
endmodule""",
        (-2 * 16 - 1 * 4 - 2) % 256 + 0 * A,
    ),
    "a body that runs before its condition is asked": (
        f"{HEAD}reg [7:0] r; assign O = r; always @* begin r = B; do r = r + A; while (0); end endmodule",
        A + B,
    ),
    "a signed word in an unsigned sum": (
        f"{HEAD}wire signed [3:0] s = A; wire signed [7:0] w = s; assign O = w + B; endmodule",
        (((A ^ 8) - 8) + B) % 256,
    ),
    "a signed word beside an unsigned one": (f"{HEAD}wire signed [3:0] s = A; assign O = s + B; endmodule", A + B),
    "a part that begins below bit 0": (
        f"{HEAD}wire [7:0] w = {{A, B}}; assign O = w[B[2:0] -: 4]; endmodule",
        part_below(A << 4 | B, B & 7, 4),
    ),
    "a part assigned from below bit 0 on": (
        f"{HEAD}reg [7:0] r; assign O = r; always @* begin r = 8'h50; r[B[2:0] -: 2] = A[1:0]; end endmodule",
        np.where(B % 8 == 0, 0x50 | A >> 1 & 1, put(0x50 + 0 * A, np.maximum(B % 8 - 1, 0), A & 3, 3)),
    ),
    "a part up to the highest bit": (
        f"{HEAD}wire [7:0] w = {{A, B}}; assign O = {{w[B[2:0] +: 1], w[A[2:0]]}}; endmodule",
        ((A << 4 | B) >> (B & 7) & 1) << 1 | (A << 4 | B) >> (A & 7) & 1,
    ),
    "a negative index": (
        f"{HEAD}wire [1:-2] w = A; wire signed [1:0] i = B[1:0]; assign O = w[i]; endmodule",
        A >> ((B & 3) ^ 2) & 1,
    ),
    "many calls of one function": (
        f"""{HEAD}function f(input x, y); f = x & y; endfunction
  wire [39:0] w; genvar i; for (i = 0; i < 40; i = i + 1) begin : g assign w[i] = f(A[i % 4], B[i / 10]); end
  assign O = {{w[35], w[10], w[21]}}; endmodule""",
        ((A >> 3 & B >> 3) & 1) << 2 | ((A >> 2 & B >> 1) & 1) << 1 | (A >> 1 & B >> 2) & 1,
    ),
    "counters up and down": (
        f"""{HEAD}reg [7:0] r; integer i; assign O = r;
  always @* begin r = 0; for (i = 3; i >= 0; i--) if (A[i]) r = r + i; for (i = 0; i < 4; i++) if (B[i]) r = r + 10 * i; end
endmodule""",
        sum((A >> i & 1) * i + (B >> i & 1) * 10 * i for i in range(4)),
    ),
    "every kind of gate": (
        f"""{HEAD}supply0 low; supply1 high; wire [1:0] c;
  xnor (O[0], A[0], B[0], high); nand (O[1], A[1], B[1], A[2]); xor (O[2], A[2], B[2], high); or (O[3], A[3], B[3], low);
  buf (O[4], O[5], A[0]); not (O[6], c[0], A[1]); nor (O[7], A[3], B[0], low); assign c[1] = c[0]; endmodule""",
        sum(
            (bit & 1) << place
            for place, bit in enumerate(
                [A ^ B, ~(A >> 1 & B >> 1 & A >> 2), ~(A >> 2 ^ B >> 2), A >> 3 | B >> 3, A, A, ~(A >> 1), ~(A >> 3 | B)]
            )
        ),
    ),
    "the ends of ranges": (
        f"{HEAD}wire [11:4] d = {{A, B}}; wire [4:11] u = {{A, B}};\n"
        "assign O = {d[11], d[4], d[11:10], u[4], u[11], u[4:5]}; endmodule",
        (A >> 3) << 7 | (B & 1) << 6 | (A >> 2) << 4 | (A >> 3) << 3 | (B & 1) << 2 | A >> 2,
    ),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_products_in_the_corners(corner):
    text, expected = CORNERS[corner]
    np.testing.assert_array_equal(products(text), expected)


REFUSED = {
    "reg r; always @(negedge A[0]) r = B;": "a clocked block",
    "reg r; always_latch if (A) r = B;": "a latch",
    "reg r; always @* fork r = 1; join": "a fork",
    "reg r; always @* wait (A) r = 1;": "a wait statement",
    "reg r; always @* assign r = 1;": "a procedural continuous assignment",
    "reg r; final r = 1;": "a final block",
    "always begin end": "an always block without",
    "reg [7:0] r; assign O = r; always @* case (A[1:0]) 0: r = B; 1: r = A; endcase": "r, which not every path assigns",
}


@pytest.mark.parametrize("body", REFUSED)
def test_more_than_combinational_logic_is_refused(body):
    text = f"{HEAD}{body}\nendmodule"
    refuse_text("t.v", text.encode())
    with pytest.raises(VerilogError, match=rf"^t.v, line 2: .*{REFUSED[body]}"):
        read("t.v", text, None, (None, None, None))


@pytest.mark.parametrize("text", ["`define A x \\\n y", "`define A(x) x"])
def test_macros_stay_on_their_line(text):
    with pytest.raises(VerilogError, match=r"t.v, line 2: a macro with arguments, macros or lines of its own"):
        refuse_text("t.v", f"module m; endmodule\n{text}\n".encode())
    refuse_text("t.v", b"`define A x\n")


@pytest.mark.parametrize(("a", "b", "p", "sentence"), [
    (1, 4, 8, "operand A has 1 bits; allowed are 2 to 16"),
    (4, 17, 8, "operand B has 17 bits; allowed are 2 to 16"),
    (4, 4, 1, "product O has 1 bits; allowed are 2 to 48"),
    (4, 4, 49, "product O has 49 bits; allowed are 2 to 48"),
    (2, 16, 2, ""),
    (16, 2, 48, ""),
])  # fmt: skip
def test_widths_of_ports(a, b, p, sentence):
    text = f"module m(input [{a - 1}:0] A, input [{b - 1}:0] B, output [{p - 1}:0] O); assign O = A & B; endmodule"
    if not sentence:
        assert [port[1] for port in read("t.v", text, None, (None, None, None))["ports"]] == [a, b, p]
        return
    with pytest.raises(VerilogError, match=sentence):
        read("t.v", text, None, (None, None, None))


def test_operands_of_unequal_widths():
    circuit = read(
        "t.v", "module m(input [1:0] A, input [2:0] B, output [1:0] O); assign O = {B[2], A[1]}; endmodule", None, (None,) * 3
    )
    assert (len(circuit["gates"]), circuit["outputs"].tolist()) == (0, [3, 6])


def test_one_port_named_decides_the_other():
    text = "module m(input [3:0] X, Y, output [7:0] O); assign O = X - Y; endmodule"
    for given, names in ((("X", None, None), "XYO"), (("Y", None, None), "YXO"), ((None, "X", None), "YXO")):
        assert "".join(port[0] for port in read("t.v", text, None, given)["ports"]) == names


def test_the_product_is_no_operand():
    for names in (("A", "O", None), ("O", "B", None), ("A", "A", None), ("A", "B", "A")):
        with pytest.raises(VerilogError, match="--a and --b are its two inputs and --p its output"):
            read("t.v", one("A * B"), None, names)


def test_texts_of_4_mb_and_no_more():
    refuse_text("t.v", b" " * LARGEST)
    with pytest.raises(VerilogError, match=r"t.v has 4,194,305 bytes; at most 4,194,304 are read"):
        refuse_text("t.v", b" " * (LARGEST + 1))


def test_a_product_of_one_signed_operand_is_signed(tmp_path):
    path = tmp_path / "t.v"
    path.write_text(
        "module m(input [3:0] A, input signed [3:0] B, output signed [7:0] O); assign O = $signed({1'b0, A}) * B; endmodule"
    )
    multiplier = import_verilog(path, simulate=False).multiplier
    assert (multiplier.a.signed, multiplier.b.signed, multiplier.p.signed) == (False, True, True)
    assert int(multiplier(15, -8)) == -120


def test_of_several_modules_the_one_called_like_the_file():
    text = "\n".join(one(text).replace(" m(", f" {name}(") for name, text in (("x", "A & B"), ("y", "A | B"), ("z", "A ^ B")))
    assert read("y.v", text, None, (None, None, None))["top"] == "y"
    assert read("t.v", text, "z", (None, None, None))["top"] == "z"


def test_a_name_of_ours_in_the_file_is_refused(tmp_path, library):
    path = tmp_path / "t.v"
    path.write_text(f"{HEAD}goldaxe_m u(A, B, O); endmodule\n" + one("A * B").replace(" m(", " goldaxe_m("))
    with pytest.raises(VerilogError, match=r"t.v: it has a module goldaxe_m, a name that is needed"):
        import_verilog(path, simulate=False)
    assert int(import_verilog(path, simulate=False, name="other").multiplier(3, 5)) == 15


def test_folders_have_verilog_of_both_endings(tmp_path):
    for name in ("b.v", "deep/a.sv", "c.txt", "d.v.bak"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert verilog_files([tmp_path, Path("x.txt")]) == [tmp_path / "b.v", tmp_path / "deep" / "a.sv", Path("x.txt")]


def test_an_unusable_cache_concerns_all_files(tmp_path, monkeypatch):
    (tmp_path / "t.v").write_text(one("A * B"))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "file"))
    with pytest.raises(CacheError, match="cannot use the cache folder"):
        import_many([tmp_path / "t.v"])
