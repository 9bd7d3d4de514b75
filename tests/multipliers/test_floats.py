"""Floating-point multipliers against torch, against a search through all numbers, and against published figures."""

import numpy as np
import pytest
import torch
from float_judge import judged, numbers
from multiplier_samples import ids, variants

from multipliers import Multiplier, MultiplierError, Operand, floats, get
from multipliers.floats import FloatFormat, FloatMultiplier
from multipliers.floats._rtl import product_shape

SMALL = ("e2m1", "e2m3", "e3m2", "e3m4", "e4m3", "e4m3fn", "e5m2", "e5m2fn", "e2m5fn")
EIGHT_BIT = {"e4m3fn": torch.float8_e4m3fn, "e5m2": torch.float8_e5m2}
SIXTEEN_BIT = {"bf16": torch.bfloat16, "fp16": torch.float16}


def all_pairs(codes: int) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.meshgrid(np.arange(codes), np.arange(codes), indexing="ij")
    return a, b


def as_torch(codes: np.ndarray, kind: torch.dtype) -> torch.Tensor:
    return torch.from_numpy(codes.astype(np.uint8 if kind.itemsize == 1 else np.uint16).view(f"i{kind.itemsize}")).view(kind)


def codes_of(values: torch.Tensor) -> np.ndarray:
    bits = values.view(torch.uint8 if values.itemsize == 1 else torch.int16).numpy().astype(np.int64)
    return bits & ((1 << 8 * values.itemsize) - 1)


@pytest.mark.parametrize("name", EIGHT_BIT)
def test_exact_significands_give_torchs_products_of_all_pairs(name: str) -> None:
    kind, format = EIGHT_BIT[name], FloatFormat.named(name)
    a, b = all_pairs(256)
    real = as_torch(a, kind).double() * as_torch(b, kind).double()
    if format.finite:  # torch's casts of what overflows have changed between versions
        real = real.clamp(-448, 448)
    expected = np.where(torch.isnan(real).numpy(), format.nan, codes_of(real.float().to(kind)))
    np.testing.assert_array_equal(floats.get(f"{name}_exact{format.mantissa + 1}")(a, b), expected)


NORMAL = [(total // 2, total - total // 2) for total in range(2, 509)]
OTHERS = [(0, field) for field in range(256)] + [(field, 255) for field in range(1, 256)]


@pytest.mark.parametrize("fields", [NORMAL[:256], NORMAL[256:], OTHERS], ids=["small", "large", "subnormal and special"])
def test_bf16_of_exact_significands_gives_torchs_products(fields: list[tuple[int, int]]) -> None:
    """All pairs of significands at every sum of exponents of normal numbers: but for signs, these are all such pairs, as a
    product knows no more of its exponents. Subnormal numbers, infinities and NaNs meet every exponent and significand."""
    exact, (mantissa_a, mantissa_b) = floats.get("bf16_exact8"), all_pairs(128)
    for part in np.array_split(np.array(fields), 16):
        a = (part[:, :1, None] << 7) | mantissa_a
        b = (part[:, 1:, None] << 7) | mantissa_b | 1 << 15
        product = as_torch(a, torch.bfloat16) * as_torch(b, torch.bfloat16)
        expected = np.where(torch.isnan(product).numpy(), 0x7FC0, codes_of(product))
        np.testing.assert_array_equal(exact(a, b), expected)


@pytest.mark.parametrize("name", SIXTEEN_BIT)
def test_exact_significands_give_torchs_products_of_a_million_pairs(name: str) -> None:
    """Sampled, 2**20 vectors: uniform bit patterns."""
    kind, format = SIXTEEN_BIT[name], FloatFormat.named(name)
    a, b = np.random.default_rng(1).integers(0, 1 << 16, (2, 1 << 20))
    product = as_torch(a, kind) * as_torch(b, kind)
    expected = np.where(torch.isnan(product).numpy(), format.nan, codes_of(product))
    np.testing.assert_array_equal(floats.get(f"{name}_exact{format.mantissa + 1}")(a, b), expected)


@pytest.mark.parametrize("options", ["", "_rz", "_ftz", "_rz_ftz"])
@pytest.mark.parametrize("name", SMALL)
def test_every_rounding_is_what_a_search_finds(name: str, options: str) -> None:
    format = FloatFormat.named(name)
    multiplier = floats.get(f"{name}{options}_exact{format.mantissa + 1}")
    np.testing.assert_array_equal(multiplier(*all_pairs(format.operand.codes)), judged(multiplier))


@pytest.mark.parametrize("core", variants((3, 4)), ids=ids)
def test_any_multiplier_of_significands_is_rounded_as_it_is(core: Multiplier) -> None:
    """Every family, however far its products are off, of zero or negative, or wider than those of exact ones."""
    multiplier = FloatMultiplier(FloatFormat.named("e5m2" if core.a.width == 3 else "e4m3fn"), core)
    np.testing.assert_array_equal(multiplier(*all_pairs(256)), judged(multiplier))


def test_negative_and_vanishing_products_of_significands_are_zero() -> None:
    operand = get("exact4").a
    core = Multiplier("low", operand, operand, get("abm4_m4").p, lambda a, b: a * b - 150)
    multiplier = FloatMultiplier(FloatFormat.named("e4m3fn"), core)
    found = multiplier(*all_pairs(256))
    np.testing.assert_array_equal(found, judged(multiplier))
    assert multiplier(0x38, 0xB8) == 0x80  # 8 * 8 - 150 < 0, of unlike signs


def test_bf16_mitchell_is_the_sum_of_the_codes() -> None:
    """A logarithm with a linear fraction is the code itself, so the product needs one integer adder."""
    a, b = (0x3F80 + mantissa for mantissa in all_pairs(128))
    for label in ("bf16_mitchell8", "bf16_rz_ftz_mitchell8"):
        np.testing.assert_array_equal(floats.get(label)(a, b), a + b - 0x3F80)


def test_truncated_bf16_is_carry_and_mantissa_of_the_integer_product() -> None:
    a, b = all_pairs(128)
    integer = (128 + a) * (128 + b)
    carry = integer >> 15
    expected = carry << 7 | (integer >> (7 + carry)) & 127
    np.testing.assert_array_equal(floats.get("bf16_rz_ftz_exact8")(0x3F80 + a, 0x3F80 + b) - 0x3F80, expected)


@pytest.mark.parametrize("name", [*SMALL, "bf16", "fp16"])
def test_codes_are_numbers_and_numbers_are_codes(name: str) -> None:
    format = FloatFormat.named(name)
    codes = np.arange(format.operand.codes)
    values = format.decode(codes)
    positive = numbers(format)
    np.testing.assert_array_equal(values, np.concatenate([positive, np.negative(positive)]))
    known = ~np.isnan(values)
    np.testing.assert_array_equal(format.encode(values)[known], codes[known])
    assert set(format.encode(values)[~known].tolist()) == {format.nan}


@pytest.mark.parametrize(("name", "kind"), [*SIXTEEN_BIT.items(), *EIGHT_BIT.items()])
def test_numbers_are_rounded_as_torch_rounds_them(name: str, kind: torch.dtype) -> None:
    rng = np.random.default_rng(2)
    values = np.ldexp(rng.normal(size=100_000), rng.integers(-160, 120, 100_000)).astype(np.float32)
    values = np.concatenate([values, np.ldexp(rng.normal(size=100_000), rng.integers(-24, 8, 100_000)).astype(np.float32)])
    values = np.clip(values, -448, 448) if name == "e4m3fn" else values
    np.testing.assert_array_equal(FloatFormat.named(name).encode(values), codes_of(torch.from_numpy(values).to(kind)))


def test_what_overflows() -> None:
    for name, nearest, zero in (("bf16", 0x7F80, 0x7F7F), ("e5m2", 0x7C, 0x7B), ("e4m3fn", 0x7E, 0x7E)):
        format = FloatFormat.named(name)
        for option, code in (("", nearest), ("_rz", zero)):
            assert floats.get(f"{name}{option}_exact{format.mantissa + 1}")(format.largest, format.largest) == code
        assert format.encode([1e99, -1e99, np.inf]).tolist() == [nearest, nearest | format.sign, nearest]


@pytest.mark.parametrize(
    ("label", "mre", "bias", "wcre"),
    [
        ("fp16_mbm11_t0", 2.58, -0.09, 7.81),
        ("fp16_mitchell11", 3.85, -3.85, 11.1),
        ("fp16_iterative_log11_n1", 9.41, None, 25.0),
        ("fp16_iterative_log11_n2", 0.98, None, 6.25),
        ("fp16_drum11_k4", 5.89, None, 26.56),
        ("fp16_drum11_k6", 1.47, None, 6.31),
    ],
)
def test_errors_of_significands_are_those_published(label: str, mre: float, bias: float | None, wcre: float) -> None:
    """Those of MBM (Saadat), Mitchell, the iterative logarithm (Babic) and DRUM (Hashemi), for 16-bit integers: relative errors
    of wide integers are those of significands to 0.01 points. Largest errors are those of the papers' samples."""
    metrics = floats.measure(floats.get(label))
    assert metrics.exhaustive
    assert 100 * metrics.mre == pytest.approx(mre, abs=0.01)
    assert bias is None or 100 * metrics.bias == pytest.approx(bias, abs=0.005)
    assert 100 * metrics.wcre == pytest.approx(wcre, abs=0.05)


def test_metrics_are_what_a_loop_finds() -> None:
    multiplier, errors, wrong = floats.get("e2m3_cell_array4_m3"), [], 0  # 1.875 * 1.875 = 4.3 there, an overflow
    wide, exact = floats.get("e5m3_cell_array4_m3"), floats.get("e5m3_exact4")
    for x in np.arange(8, 16) / 8:
        for y in np.arange(8, 16) / 8:
            errors.append((float(wide.products(x, y)) - x * y) / (x * y))
            wrong += wide.products(x, y) != exact.products(x, y)
    found = floats.measure(multiplier)
    assert (found.vectors, found.exhaustive, found.ep) == (64, True, wrong / 64)
    assert found.mre == pytest.approx(np.mean(np.abs(errors)))
    assert found.bias == pytest.approx(np.mean(errors))
    assert found.wcre == pytest.approx(np.max(np.abs(errors)))


def test_wide_significands_are_sampled() -> None:
    found = floats.measure(floats.get("e8m15_exact16"))
    assert (found.exhaustive, found.ep) == (False, 0)
    assert 2.0**-17 < found.wcre < 2.0**-16


@pytest.mark.parametrize("label", ["exact4", "mitchell6", "cell_array4_m3", "iterative_log6_n1", "drum5_k3"])
def test_normalisers_are_as_long_as_the_products_need(label: str) -> None:
    """Every product fits, and its leading one is lifted to the highest bit by 2**stages - 1 places at most; no stage more."""
    core = get(label)
    bits, stages = product_shape(core)
    ones = range(1 << core.a.width - 1, 1 << core.a.width)
    lengths = [int(core(a, b)).bit_length() for a in ones for b in ones]
    assert bits == max(*lengths, 2 * core.a.width)
    assert 1 << stages > bits - min(lengths) >= 1 << stages >> 1


def test_normalisers_of_products_that_vanish_reach_every_bit() -> None:
    operand = Operand(4, False)
    for product, port, shape in (
        (lambda a, b: a * b - 64, Operand(8, False), (8, 3)),
        (lambda a, b: a * b, Operand(18, True), (8, 1)),
    ):
        assert product_shape(Multiplier("own", operand, operand, port, product)) == shape


def test_labels_are_read_and_printed() -> None:
    for multiplier in floats.defaults():
        assert floats.get(multiplier.label).label == multiplier.label
    assert floats.find("drum8_k4") is None
    assert floats.get("bf16_rz_ftz_drum8_k4").exact.label == "bf16_rz_ftz_exact8"
    digests = [
        floats.get(label).circuit.digest for label in ("bf16_exact8", "bf16_rz_exact8", "bf16_drum8_k8", "e4m3fn_exact4")
    ]
    assert len(set(digests)) == 4


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("bf16", "unknown floating-point multiplier 'bf16'; a label is FORMAT_MULTIPLIER"),
        (
            "bf16_drum7_k4",
            "drum7_k4 cannot multiply the significands of bf16, which are unsigned and have 8 bits; use one as exact8",
        ),
        ("bf16_drum8s_k4", "drum8s_k4 cannot multiply"),
        ("e8m7_exact8", "did you mean bf16_exact8"),
        ("bf16_ftz_rz_exact8", "unknown multiplier 'rz_exact8'"),
        ("e9m3_exact4", "exponent has 2 to 8 bits, not 9"),
        ("e4m16_exact16", "mantissa has 1 to 15 bits, not 16"),
        ("e4m0_exact2", "mantissa has 1 to 15 bits, not 0"),
        ("bf16_drum8_k9", "k = 9 is not allowed"),
    ],
)
def test_wrong_labels_are_one_sentence(label: str, sentence: str) -> None:
    with pytest.raises(MultiplierError, match=sentence):
        floats.get(label)


def test_wrong_operands_are_named() -> None:
    with pytest.raises(MultiplierError, match="operand a = 256 does not fit 8 bits"):
        floats.get("e4m3fn_exact4")(256, 0)
    with pytest.raises(MultiplierError, match="dtype float64"):
        floats.get("e4m3fn_exact4")(1.5, 0)
    with pytest.raises(MultiplierError, match="unknown float format 'fp8'"):
        FloatFormat.named("fp8")
