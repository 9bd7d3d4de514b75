"""The generated tops, read gate by gate as a user's file would be, equal the models: no simulator is needed for that."""

from pathlib import Path

import numpy as np
import pytest

from importer._design import read
from multipliers import Multiplier, exhaustive, get, rtl
from multipliers._netlist import Netlist

LABELS = [
    f"{name}4{signs}{rest}"
    for name, rest in (("exact", ""), ("drum", "_k3"), ("abm", "_m2"))
    for signs in ("", "s", "us", "su")
]
"""With signs of their own, by sign and magnitude, and with a product port that is wider than both operands."""


def netlist(multiplier: Multiplier) -> Netlist:
    sources = rtl(multiplier)
    text = "\n".join([sources.text, *(path.read_text() for path in sources.files)])
    circuit = read("top.v", text, sources.top, ("a_i", "b_i", "p_o"))
    assert [port[:2] for port in circuit["ports"]] == [
        ["a_i", multiplier.a.width],
        ["b_i", multiplier.b.width],
        ["p_o", multiplier.p.width],
    ]
    gates = np.array(circuit["gates"], np.int32).reshape(-1, 3)
    return Netlist(multiplier.a, multiplier.b, multiplier.p, gates, np.array(circuit["outputs"], np.int32))


@pytest.mark.parametrize("label", LABELS)
def test_gates_of_the_top_are_the_model(label: str) -> None:
    multiplier = get(label)
    pairs = exhaustive(multiplier)
    np.testing.assert_array_equal(netlist(multiplier)(pairs.a, pairs.b), multiplier(pairs.a, pairs.b))


@pytest.mark.parametrize("changed", ["drum.v", "dynamic_segment.v", "leading_one.v", "apply_sign.v"])
def test_the_digest_is_that_of_every_file(changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sources, read_bytes = rtl(get("drum8s_k4")), Path.read_bytes
    before = sources.digest
    monkeypatch.setattr(Path, "read_bytes", lambda path: read_bytes(path) + (b"\n" if path.name == changed else b""))
    assert sources.digest != before
    assert rtl(get("drum8s_k4")).digest != rtl(get("drum8s_k5")).digest
