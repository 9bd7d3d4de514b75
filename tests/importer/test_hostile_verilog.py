"""Whatever is more than combinational logic is refused by line; whatever text does, the answer is a sentence."""

import os
import random
import subprocess
import sys

import pytest
from verilog_samples import ARRAY, HEAD, NETLIST, SIGNED_BLOCK, STYLES, one

import importer._gates
from importer import VerilogError, import_verilog
from importer._design import read
from importer._text import refuse_text

REFUSED = {
    '\ninitial $system("id");': (3, r"\$system"),
    "\nreg x; initial x = 1;": (3, "initial block"),
    "assign #1 O = A;": (2, "a delay"),
    "and #(1, 2) g(O[0], A[0], B[0]);": (2, "a delay"),
    "wire #3 w;": (2, "a delay"),
    "reg r; always @(posedge A[0]) r = B;": (2, "a clocked block"),
    "reg r; always_ff @(posedge A[0]) r <= B;": (2, "a clocked block"),
    "reg [7:0] r; always @* if (A[0]) r = B; assign O = r;": (2, "bit 0 of r, which not every path assigns"),
    "reg [7:0] r; always @* begin r = r + A; end assign O = r;": (2, "a combinational loop through r"),
    "wire w = ~w; assign O = 0;": (2, "a combinational loop through w"),
    "wire v, w; not (v, w); not (w, v); assign O = 0;": (2, "a combinational loop"),
    "reg r; always @* forever r = 1;": (2, "forever"),
    "reg r; always @* while (1) r = 1; assign O = 0;": (2, "steps, as of a loop without end"),
    "reg r; always @* repeat (1000000000) r = 1; assign O = 0;": (2, "steps, as of a loop without end"),
    "reg r; always @* repeat (A) r = 1; assign O = 0;": (2, "a loop whose end depends on the operands"),
    "reg r; always @* do r = 1; while (1); assign O = 0;": (2, "steps, as of a loop without end"),
    "reg r; integer i; always @* for (i = 0; i < 1; i = i - 0) r = 1; assign O = 0;": (2, "steps"),
    "reg r; integer i; always @* for (i = 0; i < A; i = i + 1) r = 1; assign O = 0;": (2, "end depends on the operands"),
    "genvar i; generate for (i = 0; i < 1000000000; i = i + 1) begin : g wire w; end endgenerate": (2, "step limit"),
    "wire [7:0] w = {1000000000{1'b1}};": (2, "maximum vector width"),
    "wire [9000000:0] w;": (2, "a signal of 9,000,001 bits"),
    "reg [7:0] memory [0:1000000000];": (2, "memory"),
    "always @* force O = 1;": (2, "a force statement"),
    "specify (A *> O) = 1; endspecify": (2, "a specify block"),
    "function f(input x); f = x + f(x); endfunction assign O = f(A[0]);": (2, "calls more than 32 deep, as of a function by"),
    "function f(input x); if (x) f = 1; endfunction assign O = f(A[0]);": (2, "f, which is read before every path has"),
    "function f(input x); reg s; begin f = s; s = x; end endfunction assign O = f(A[0]);": (2, "s, which is read before"),
    "function f(input x); f = x & B[0]; endfunction assign O = f(A[0]);": (2, "a function that reads B, which is no argument"),
    "reg r; function f(input x); begin r = x; f = x; end endfunction assign O = f(A[0]);": (2, "assigns r, which is not its"),
    "function f(input x); while (1) f = x; endfunction assign O = f(A[0]);": (2, "steps, as of a loop without end"),
    "function f(input x); f = x; endfunction localparam N = f(1'bx); assign O = {N{A}};": (2, "must not have any unknown bits"),
    "function f(input x); begin #1 f = x; end endfunction assign O = A;": (2, "a delay"),
    "function f(input x); begin while (1) f = x; end endfunction localparam N = f(1); assign O = N;": (2, "step"),
    "task t(output x); x = 1; endtask reg r; always @* t(r); assign O = r;": (2, "a task"),
    "reg r; always @* casez (A) 4'b1xx?: r = 1; default: r = 0; endcase assign O = r;": (2, "a label with x bits"),
    "reg [7:0] r; always @* r[A] = 1; assign O = r;": (2, "bit 0 of r, which not every path assigns"),
    "assign O = A / (B - B);": (2, "Divide"),
    "wire [7:0] w [0:1]; assign w = A; assign O = 0;": (2, "cannot be assigned to type"),
    "wire [7:0] w [0:1]; assign w[0] = A; assign O = w[1];": (2, "bit 0 of w, which nothing drives"),
    "reg [63:0] w [0:1024]; always @* w[A] = B; assign O = 0;": (2, "w, a signal of 65,600 bits"),
    "bufif1 (O[0], A[0], B[0]);": (2, "a primitive bufif1"),
    "nmos (O[0], A[0], B[0]);": (2, "a primitive nmos"),
    "assign O = A; assign O = B;": (2, "a second driver of bit 0 of O"),
    "wire [7:0] w; assign w[3:0] = A; assign O = w;": (2, "bit 4 of w, which nothing drives"),
    "reg r; always @* r <= A; assign O = 0;": (2, "a non-blocking assignment"),
    "reg r = 0;": (2, "an initial value"),
    "assign O = 8'bx;": (2, "x or z"),
    "assign O = A / B;": (2, "Divide"),
    "assign O = $random;": (2, r"\$random"),
    "real r;": (2, "r, which is no vector of bits"),
    "missing u(A, B, O);": (2, "unknown module 'missing'"),
    "defparam u.W = 4;": (2, "defparam"),
    "assign O = A *;": (2, "expected expression"),
    "trireg w;": (2, "trireg"),
}

LONG = [one("9" * 500_000), one("4096'd" + "9" * 200), f"// {'x' * 2000}\n{one('A')}", one("9" * 140 + ".5")]


@pytest.mark.parametrize("text", LONG, ids=["digits", "sized", "comment", "real"])
def test_long_numbers_are_refused_before_any_parser(text):
    with pytest.raises(VerilogError, match=r"^t.v, line \d: a name or number of [\d,]+ letters; allowed are 1,024"):
        refuse_text("t.v", text.encode())


@pytest.mark.parametrize("word", ["endmodule", "wire"])
def test_names_that_are_words_of_the_language(word):
    for text in (one("A").replace(" m(", f" \\{word} ("), one("A").replace("A", f"\\{word} ")):
        with pytest.raises(VerilogError, match=f"'{word}' is not a plain Verilog name"):
            read("t.v", text, None, (None, None, None) if "A" in text else (word, "B", None))


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file(kind, tmp_path):
    path = tmp_path / "t.v"
    {"pipe": os.mkfifo, "folder": os.mkdir, "device": lambda path: path.symlink_to("/dev/zero")}[kind](path)
    with pytest.raises(VerilogError, match=r"^t.v is a (folder|pipe or device), not a file"):
        import_verilog(path)


OUTSIDE = {
    'import "DPI-C" function int system(string c);': "import",
    '`include "/etc/passwd"': "`include",
    "`define A(x) x x": "a macro with arguments",
    "`define B 1\n`define A `B `B": "a macro with",
    "class c; endclass": "ClassDeclaration",
    "interface i; endinterface": "InterfaceDeclaration",
    "package p; endpackage": "PackageDeclaration",
    "module x; endmodule bind m x u();": "a bind",
    "primitive p(o, a); output o; input a; table 0 : 1; endtable endprimitive": "a user-defined primitive",
    "module never_used; initial forever ; endmodule": "an initial block",
}


def attempt(text):
    """Read in this process, which is quicker than in a child."""
    refuse_text("t.v", text.encode())
    return read("t.v", text, None, (None, None, None))


@pytest.mark.parametrize("body", REFUSED)
def test_refused_by_line(body):
    line, what = REFUSED[body]
    with pytest.raises(VerilogError, match=rf"^t.v, line {line}: .*{what}"):
        attempt(f"{HEAD}{body}\nendmodule")


@pytest.mark.parametrize("text", OUTSIDE)
def test_refused_outside_the_module(text):
    with pytest.raises(VerilogError, match=rf"^t.v, line \d+: .*{OUTSIDE[text]}"):
        attempt(f"{text}\n{one('A * B')}")


@pytest.mark.parametrize(
    "text",
    [
        one("(" * 20_000 + "A" + ")" * 20_000),
        one("~" * 50_000 + "A"),
        HEAD + "m u(A, B, O); endmodule",
        "",
        "\x7fELF\x00",
        "//" + "x" * (5 << 20),
    ],
    ids=["deep", "operators", "recursive", "empty", "binary", "large"],
)
def test_hard_to_read_texts_end_in_a_sentence(text, tmp_path, library):
    path = tmp_path / "t.v"
    path.write_text(text)
    with pytest.raises(VerilogError) as error:
        import_verilog(path)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 400
    assert not library.exists()


def test_gates_are_bounded(monkeypatch):
    monkeypatch.setattr(importer._gates, "MOST", 50)
    with pytest.raises(VerilogError, match=r"^t.v: a circuit of more than 50 gates"):
        attempt(one("A * B"))


def test_nothing_of_a_refused_text_runs(tmp_path):
    owned, path = tmp_path / "owned", tmp_path / "t.v"
    path.write_text(f'{HEAD}initial $system("touch {owned}"); assign O = A * B; endmodule')
    with pytest.raises(VerilogError, match=r"\$system"):
        import_verilog(path)
    assert not owned.exists()


SAMPLES = [ARRAY, NETLIST, SIGNED_BLOCK, *(text for text, _ in STYLES.values())]


def mutant(rng):
    text = list(rng.choice(SAMPLES))
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(text))
        length = rng.choice([1, 1, 2, 10])
        text[place : place + length] = rng.choice(
            ["", *"()[]{};,.:@#$`\\\"*'0z9", "begin", "module ", "1'bx", "endmodule", "é", "while (1)", "posedge ", "[A +: 2]"]
        )
    return "".join(text)


@pytest.mark.parametrize("seed", range(80))
def test_mutated_verilog_is_read_or_refused(seed):
    try:
        circuit = attempt(mutant(random.Random(seed)))
    except VerilogError as error:
        assert str(error).startswith("t.v")  # noqa: PT017, any number of mutants may pass
    else:
        assert len(circuit["outputs"]) == circuit["ports"][2][1]


BAD = {
    "clocked.v": f"{HEAD}reg [7:0] r; assign O = r; always @(posedge A[0]) r <= B; endmodule",
    "looped.v": f"{HEAD}wire w = ~w & A[0]; assign O = w; endmodule",
    "endless.v": f"{HEAD}reg [7:0] r; assign O = r; always @* begin r = 0; while (1) r = r + 1; end endmodule",
    "wide.v": "module m(input [39:0] A, B, output [79:0] O); assign O = A * B; endmodule",
    "ports.v": "module m(input [3:0] A, B, C, output [7:0] O); assign O = A * B; endmodule",
    "command.v": f'{HEAD}initial $system("touch owned"); assign O = A; endmodule',
    "binary.v": "\x00\x01\x7fELF",
    "empty.v": "",
}


def test_a_folder_of_bad_files_gives_a_sentence_each_and_leaves_nothing(tmp_path):
    """Mutants among them, and a file of 50 MB: by the command line, whose every child and file are gone afterwards."""
    folder, cache, temporary = (tmp_path / name for name in ("bad", "own_cache", "tmp"))
    folder.mkdir()
    temporary.mkdir()
    rng, texts = random.Random(0), dict(BAD)
    while len(texts) < 24:
        text = mutant(rng)
        try:
            attempt(text)
        except VerilogError:
            texts[f"mutant_{len(texts)}.v"] = text
    for name, text in texts.items():
        (folder / name).write_text(text)
    with (folder / "huge.v").open("wb") as file:
        file.truncate(50 << 20)
    before = {path.name: path.stat().st_size for path in folder.iterdir()}
    program = (sys.executable, "-c", "from goldaxe.cli import main; main()", "import", str(folder))
    environment = {**os.environ, "GOLDAXE_CACHE": str(cache), "TMPDIR": str(temporary)}
    done = subprocess.run(program, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (2, "")
    refusals = [line for line in done.stdout.splitlines() if line.startswith("refused: ")]
    assert sorted(line.split()[1].rstrip(",:") for line in refusals) == sorted(before)
    assert all(line.isprintable() and len(line) < 400 for line in refusals)
    assert done.stdout.splitlines()[-1] == "0 of 25 files imported"
    for name, what in (("clocked.v, line 2", "a clocked block"), ("looped.v, line 2", "a combinational loop")):
        assert any(line.startswith(f"refused: {name}: {what}") for line in refusals)
    assert any("operand A has 40 bits; allowed are 2 to 16" in line for line in refusals)
    assert any("huge.v has 52,428,800 bytes; at most 4,194,304 are read" in line for line in refusals)
    assert not cache.exists()
    assert not list(temporary.iterdir())
    assert {path.name: path.stat().st_size for path in folder.iterdir()} == before
