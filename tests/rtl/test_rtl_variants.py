"""The RTL of every family at every width: lint-clean where it is legal, refused by name where it is not."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from multipliers import Family, Multiplier, defaults, families, get, rtl


def parameter_sets(family: Family, width: int) -> list[dict[str, int]]:
    """First, middle and last value of each parameter, in every combination."""
    ranges = [(parameter.name, parameter.allowed(width)) for parameter in family.parameters]
    return [
        dict(items) for items in product(*([(name, v) for v in sorted({r[0], r[len(r) // 2], r[-1]})] for name, r in ranges))
    ]


@pytest.mark.parametrize("multiplier", defaults(), ids=lambda m: m.label)
def test_generated_top_is_lint_clean(multiplier: Multiplier, lint: Callable[..., str], tmp_path: Path) -> None:
    made = rtl(multiplier)
    top = tmp_path / f"{made.top}.v"
    top.write_text(made.text)
    assert lint("--top-module", made.top, top, *made.files) == ""


@pytest.mark.parametrize("family", families().values(), ids=lambda family: family.name)
def test_every_width_is_lint_clean(family: Family, lint: Callable[..., str], tmp_path: Path) -> None:
    """All widths with the ends and the middle of each parameter, unsigned, in one design: starting Verilator costs most."""
    variants = [get(family.name, width=width, **values) for width in family.widths for values in parameter_sets(family, width)]
    tops = [rtl(multiplier) for multiplier in variants]
    ports, instances = [], []
    for n, (m, top) in enumerate(zip(variants, tops, strict=True)):
        ports.append(f", output wire [{m.p.width - 1}:0] p{n}_o")
        instances.append(f"  {top.top} u{n} (.a_i(a_i[{m.a.width - 1}:0]), .b_i(b_i[{m.b.width - 1}:0]), .p_o(p{n}_o));")
    high = max(family.widths) - 1
    header = f"module all_widths (input wire [{high}:0] a_i, input wire [{high}:0] b_i{''.join(ports)});"
    (tmp_path / "all_widths.v").write_text("\n".join([header, *instances, "endmodule", ""]))
    for top in tops:
        (tmp_path / f"{top.top}.v").write_text(top.text)
    assert lint("--top-module", "all_widths", "-y", tmp_path, tmp_path / "all_widths.v", *tops[0].files) == ""


def illegal() -> list[tuple[Family, str, dict[str, int]]]:
    """Family, offending RTL parameter, settings: each parameter just outside its range at 8 bits, and each missing width."""
    cases = []
    for family in families().values():
        legal = {parameter.rtl: parameter.allowed(8)[0] for parameter in family.parameters}
        for width in range(1, 18):
            if width not in family.widths:
                cases.append((family, "WIDTH", {"WIDTH": width, **legal}))
        for parameter in family.parameters:
            for value in (parameter.allowed(8)[0] - 1, parameter.allowed(8)[-1] + 1):
                cases.append((family, parameter.rtl, {"WIDTH": 8, **legal, parameter.rtl: value}))
    return cases


@pytest.mark.parametrize(
    ("family", "name", "settings"),
    illegal(),
    ids=[f"{family.name}-{name}={values[name]}" for family, name, values in illegal()],
)
def test_illegal_parameter_is_refused_by_name(
    family: Family, name: str, settings: dict[str, int], lint: Callable[..., str]
) -> None:
    width = 8 if 8 in family.widths else family.widths[0]
    sources = rtl(get(family.name, width=width, **parameter_sets(family, width)[0])).files
    report = lint("--top-module", family.name, *(f"-G{key}={value}" for key, value in settings.items()), *sources)
    assert f"illegal_{name}_must_be" in report
