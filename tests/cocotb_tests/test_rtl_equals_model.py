"""The chief test of the library: the Verilog of every multiplier that it knows computes what its model computes."""

import pytest

from cocotb_tests import stamp_of, verify
from multipliers import Multiplier, ParameterError, defaults, families, get

WIDE = {11: (True, True), 12: (True, False), 16: (False, True)}


def wide_variants() -> list[Multiplier]:
    """One variant of each family at each of some widths that cannot be exhausted, with signs that vary."""
    variants = []
    for family in families().values():
        for width, (a_signed, b_signed) in WIDE.items():
            for parameters in family.defaults:
                try:
                    variants.append(get(family.name, width=width, a_signed=a_signed, b_signed=b_signed, **parameters))
                    break
                except ParameterError:
                    continue
    return variants


@pytest.mark.parametrize("multiplier", defaults(), ids=lambda multiplier: multiplier.label)
def test_rtl_equals_model_on_all_pairs(multiplier: Multiplier):
    result = verify(multiplier)
    assert result.passed, str(result)
    assert (result.exhaustive, result.vectors) == (True, multiplier.a.codes * multiplier.b.codes)
    assert "exhaustive" in str(result)
    stamp = stamp_of(multiplier)
    assert stamp is not None
    assert (stamp.exhaustive, stamp.vectors) == (True, result.vectors)


@pytest.mark.parametrize("multiplier", wide_variants(), ids=lambda multiplier: multiplier.label)
def test_wide_rtl_equals_model_on_a_sample(multiplier: Multiplier):
    result = verify(multiplier)
    assert result.passed, str(result)
    assert not result.exhaustive
    assert result.vectors > 20_000
    assert "sampled" in str(result)
    stamp = stamp_of(multiplier)
    assert stamp is not None
    assert not stamp.exhaustive


def test_enough_samples_make_it_exhaustive():
    result = verify(get("exact", width=9), samples=1 << 18)
    assert (result.passed, result.exhaustive, result.vectors) == (True, True, 1 << 18)


def test_narrow_operands_are_exhausted():
    result = verify(get("drum", width=4, k=3, a_signed=True))
    assert (result.passed, result.exhaustive, result.vectors) == (True, True, 256)
