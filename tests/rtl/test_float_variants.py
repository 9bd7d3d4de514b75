"""The Verilog around significands in every format: lint-clean where it is legal, refused by name where it is not."""

from collections.abc import Callable
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest

from multipliers import floats, rtl

ROOT = Path(str(files("rtl")))
FOLDERS = ("-y", ROOT / "common", "-y", ROOT / "float")


@pytest.mark.parametrize("multiplier", floats.defaults(), ids=lambda m: m.label)
def test_generated_top_is_lint_clean(multiplier: floats.FloatMultiplier, lint: Callable[..., str], tmp_path: Path) -> None:
    made = rtl(multiplier.circuit)
    top = tmp_path / f"{made.top}.v"
    top.write_text(made.text)
    assert lint("-Wno-DECLFILENAME", "--top-module", made.top, top, *made.files) == ""  # the significands' top is in it


def test_every_format_is_lint_clean(lint: Callable[..., str], tmp_path: Path) -> None:
    """The ends and the middle of exponents and mantissas with all options, and normalisers of both ends, in one design."""
    ports, instances = ["input wire [23:0] a_i", "input wire [23:0] b_i", "input wire [33:0] product_i"], []
    sizes = product((2, 4, 8), (1, 7, 15), (0, 1), (0, 1), (0, 1), (False, True))
    for n, (exponent, mantissa, *options, whole) in enumerate(sizes):
        bits = 2 * mantissa + 2
        stages = (bits - 1).bit_length() if whole else 1
        values = (exponent, mantissa, *options, bits, stages)
        high = exponent + mantissa
        ports.append(f"output wire [{high}:0] p{n}_o, output wire [{mantissa}:0] x{n}_o, output wire [{mantissa}:0] y{n}_o")
        instances.append(
            f"  float_multiplier #({', '.join(map(str, values))}) u{n} (.a_i(a_i[{high}:0]), .b_i(b_i[{high}:0]), "
            f".product_i(product_i[{bits - 1}:0]), .a_significand_o(x{n}_o), .b_significand_o(y{n}_o), .p_o(p{n}_o));"
        )
    text = "\n".join([f"module formats ({', '.join(ports)});", *instances, "  wire unused = ^product_i;", "endmodule", ""])
    (tmp_path / "formats.v").write_text(text)
    assert lint("--top-module", "formats", *FOLDERS, tmp_path / "formats.v") == ""


@pytest.mark.parametrize(
    ("name", "value"), [("EXPONENT", 1), ("EXPONENT", 9), ("MANTISSA", 0), ("MANTISSA", 16), ("PRODUCT", 15), ("STAGES", 0)]
)
def test_illegal_parameter_is_refused_by_name(name: str, value: int, lint: Callable[..., str]) -> None:
    path = ROOT / "float" / "float_multiplier.v"
    assert f"illegal_{name}_must_be" in lint("--top-module", "float_multiplier", f"-G{name}={value}", *FOLDERS, path)
