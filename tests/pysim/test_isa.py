"""GOLDAXE_ISA: which instruction set kernels use, and what is no instruction set."""

import pytest
from isas import ISAS, running

from pysim import PysimError
from pysim.kernels.cpu import build
from pysim.kernels.cpu.interface import best_isa, isa_in_use, use_isa
from pysim.kernels.cpu.isa import AVX2, AVX512, NAMES, PORTABLE, VARIABLE, wanted


def test_the_best_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        monkeypatch.delenv(VARIABLE, raising=False) if value is None else monkeypatch.setenv(VARIABLE, value)
        assert [wanted(best) for best in (PORTABLE, AVX2, AVX512)] == [PORTABLE, AVX2, AVX512]


@pytest.mark.parametrize("isa", ISAS)
def test_the_environment_names_one(isa: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process reads it that starts: the library is loaded anew."""
    monkeypatch.setenv(VARIABLE, NAMES[isa])
    with running(ISAS[-1]):
        loaded = build.library.__wrapped__()
        assert loaded is not None
        assert loaded.goldaxe_isa() == isa
        assert isa_in_use() == isa  # the same library


@pytest.mark.parametrize("value", ["sse", "AVX2", "avx512 ", "2", "avx-512"])
def test_an_unknown_one_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(PysimError, match=f"^GOLDAXE_ISA = '{value}' is not allowed; use portable, avx2 or avx512$"):
        build.library.__wrapped__()


def test_one_that_the_processor_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "avx512")
    with pytest.raises(PysimError, match=r"^this processor cannot run GOLDAXE_ISA = avx512; use portable or avx2$"):
        wanted(AVX2)
    monkeypatch.setenv(VARIABLE, "avx2")
    with pytest.raises(PysimError, match=r"^this processor cannot run GOLDAXE_ISA = avx2; use portable$"):
        wanted(PORTABLE)


@pytest.mark.parametrize("isa", [-1, 3])
def test_no_other_number_is_used(isa: int) -> None:
    before = isa_in_use()
    with pytest.raises(PysimError, match=f"^this processor cannot run GOLDAXE_ISA = {isa}; use "):
        use_isa(isa)
    assert isa_in_use() == before
    assert best_isa() == ISAS[-1]
