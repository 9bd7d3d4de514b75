"""Histogram and error by magnitude against loops over all operand pairs."""

from pathlib import Path

import pytest

from goldaxe._error_profile import by_magnitude, histogram
from goldaxe._plots import error_by_magnitude, error_histogram
from multipliers import MultiplierError, get


@pytest.mark.parametrize("label", ["mitchell4", "drum4s_k3", "udm4us", "exact4"])
def test_against_loops(label: str) -> None:
    multiplier = get(label)
    errors, relative = [], {}
    for a in range(multiplier.a.low, multiplier.a.high + 1):
        for b in range(multiplier.b.low, multiplier.b.high + 1):
            error = int(multiplier(a, b)) - a * b
            errors.append(error)
            if a * b:
                relative.setdefault(abs(a * b).bit_length(), []).append(abs(error / (a * b)))
    found = histogram(multiplier)
    for low, high, share in zip(found.edges[:-1], found.edges[1:], found.shares, strict=True):
        assert share == sum(low <= error < high for error in errors) / len(errors)
    assert found.shares.sum() == pytest.approx(1)
    assert 0 in found.edges
    profile = by_magnitude(multiplier)
    assert profile.bits.tolist() == sorted(relative)
    for bits, mean, worst in zip(profile.bits, profile.mean, profile.worst, strict=True):
        values = relative[int(bits)]
        assert (mean, worst) == (pytest.approx(sum(values) / len(values)), max(values))


@pytest.mark.parametrize("label", ["mitchell8", "mbm8_t0", "roba8"])
def test_zero_begins_a_bin(label: str) -> None:
    """Where bins are wider than one integer: no bin has errors of both signs, and all bins are equally wide."""
    edges = histogram(get(label)).edges
    assert 0 in edges.tolist()
    assert set((edges[1:] - edges[:-1]).tolist()) == {int(edges[1] - edges[0])}
    assert edges[1] - edges[0] > 1


def test_pictures(tmp_path: Path) -> None:
    for draw in (error_histogram, error_by_magnitude):
        assert draw(get("drum8_k4"), tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
        with pytest.raises(MultiplierError, match=r"ends in \.png"):
            draw(get("drum8_k4"), tmp_path / "p.jpg")
        with pytest.raises(MultiplierError, match="cannot write"):
            draw(get("drum8_k4"), tmp_path / "nowhere" / "p.png")
    assert [path.name for path in tmp_path.iterdir()] == ["p.png"]
