"""The digest is what a multiplier is: it follows the products and the ports, not the name."""

from pathlib import Path

import numpy as np
import pytest

from multipliers import Family, Multiplier, Operand, _registry, families, get, register

U4, S4, P9 = Operand(4, False), Operand(4, True), Operand(9, True)


families()  # so that what a test registers is undone without undoing the discovery


def test_digest_follows_products_and_ports_but_not_the_label() -> None:
    plain = Multiplier("one", U4, U4, P9, lambda a, b: a * b)
    renamed = Multiplier("two", U4, U4, P9, lambda a, b: b * a)
    off_by_one = Multiplier("one", U4, U4, P9, lambda a, b: a * b + ((a == 15) & (b == 14)))
    swapped = Multiplier("one", U4, U4, P9, lambda a, b: a * b + ((a == 14) & (b == 15)))
    signed = Multiplier("one", U4, S4, P9, lambda a, b: a * b)
    assert plain.digest == renamed.digest
    assert len({m.digest for m in (plain, off_by_one, swapped, signed)}) == 4
    wider = Multiplier("one", U4, U4, Operand(10, True), lambda a, b: a * b)
    assert wider.digest != plain.digest, "equal tables, another product port"


def test_digest_of_wide_variants_follows_family_parameters_and_signs() -> None:
    labels = ["drum16_k4", "drum16_k5", "drum16s_k4", "drum15_k4", "exact16", "mitchell16", "udm16"]
    assert len({get(label).digest for label in labels}) == len(labels)


@pytest.mark.parametrize("changed", ["drum.py", "_leading_one.py", "_sign_magnitude.py"])
def test_digest_of_wide_variants_follows_the_code_that_they_run(changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    family, before = get("drum16_k4").family, get("drum16_k4").source_hash
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + (b"#" if path.name == changed else b""))
    assert family is not None
    assert _registry._source_hash(family) != before


def test_wide_functions_without_a_file_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a notebook or `python -c`, where a family's function has no source file to hash."""
    monkeypatch.setattr(_registry, "_families", dict(_registry._families))
    digests = []
    for name, expression in (("typed_in", "a * b"), ("typed_out", "a * b + 1")):
        namespace: dict[str, object] = {"__name__": "__main__"}
        exec(f"def f(a, b, *, width): return {expression}", namespace)
        register(Family(name=name, summary="", source="", function=namespace["f"], default_signs=()))  # type: ignore[arg-type]
        digests.append(get(name, width=16).source_hash)
        assert np.array_equal(get(name, width=16)(3, 5), eval(expression, {"a": 3, "b": 5}))
    assert digests[0] != digests[1]
