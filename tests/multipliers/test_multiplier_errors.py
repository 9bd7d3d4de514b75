"""Mistakes get one sentence that names the value and what is allowed."""

import numpy as np
import pytest

from multipliers import (
    Family,
    Multiplier,
    MultiplierError,
    Operand,
    OperandError,
    ParameterError,
    UnknownMultiplierError,
    family,
    get,
    register,
    with_signs,
)


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("drun8_k4", ["'drun8_k4'", "did you mean", "drum8_k4"]),
        ("drum8_k4x", ["'drum8_k4x'", "did you mean", "drum8_k4"]),
        ("mitchel8", ["'mitchel8'", "did you mean", "mitchell8"]),
        ("drum", ["'drum'", "did you mean", "drum8_k"]),
        ("", ["''", "known families are", "exact"]),
        ("drum8_k4_k5", ["'drum8_k4_k5'", "did you mean drum8_k5?"]),
        ("drum08_k4", ["'drum08_k4'", "did you mean drum8_k4?"]),
        ("broken_array8_v5_h2", ["did you mean broken_array8_h2_v5?"]),
    ],
)
def test_unknown_label_gets_suggestions(label: str, says: list[str]) -> None:
    with pytest.raises(UnknownMultiplierError) as error:
        get(label)
    assert "\n" not in str(error.value)
    assert all(word in str(error.value) for word in says), str(error.value)


def test_unknown_family_gets_suggestions() -> None:
    with pytest.raises(UnknownMultiplierError, match=r"unknown multiplier family 'drm'; did you mean drum, udm, dsm\?"):
        family("drm")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"width": 1, "k": 2}, "drum: width 1 is not allowed; use one of 2 to 16"),
        ({"width": 17, "k": 2}, "drum: width 17 is not allowed; use one of 2 to 16"),
        ({"width": 8.0, "k": 4}, "drum: width 8.0 is not allowed; use one of 2 to 16"),
        ({"width": 8}, "drum: parameter k (bits kept from the leading one) is missing; at width 8 it is 3 to 8"),
        ({"width": 8, "k": 9}, "drum: k = 9 is not allowed at width 8; use 3 to 8"),
        ({"width": 8, "k": True}, "drum: k = True is not allowed at width 8; use 3 to 8"),
        ({"width": 8, "k": 4.0}, "drum: k = 4.0 is not allowed at width 8; use 3 to 8"),
        ({"width": 8, "k": "4"}, "drum: k = '4' is not allowed at width 8; use 3 to 8"),
        ({"width": 8, "k": 4, "h": 1}, "drum: unknown parameter 'h'; it takes k"),
        ({"k": 4}, "drum: a width is needed, as in get('drum', width=8, ...)"),
        ({"signed": True}, "drum: a width is needed, as in get('drum', width=8, ...)"),
    ],
)
def test_bad_width_or_parameter(arguments: dict[str, int], says: str) -> None:
    with pytest.raises(ParameterError) as error:
        get("drum", **arguments)
    assert str(error.value) == says


def test_truth_is_no_number() -> None:
    """1 is allowed there, and True equals it."""
    with pytest.raises(ParameterError, match="n = True is not allowed at width 8; use 1 to 3"):
        get("iterative_log", width=8, n=True)


def test_numpy_integers_are_integers() -> None:
    made = get("drum", width=np.int64(8), k=np.int64(4), a_signed=np.bool_(True))  # type: ignore[arg-type]
    assert made is get("drum8su_k4")
    assert (type(made.a.width), type(made.a.signed), type(made.parameters["k"])) == (int, bool, int)


def test_ranges_that_are_no_interval_are_spelt_out() -> None:
    with pytest.raises(ParameterError, match=r"udm: width 7 is not allowed; use one of 2, 4, 6, 8, 10, 12, 14, 16"):
        get("udm7")
    with pytest.raises(ParameterError, match=r"exact: unknown parameter 'k'; it takes none"):
        get("exact8_k4")


@pytest.mark.parametrize(
    ("label", "a", "b", "says"),
    [
        ("exact8", 1.0, 2, "operand a has dtype float64; integers are needed"),
        ("exact8", 1, np.float32([2]), "operand b has dtype float32; integers are needed"),
        ("exact8", "1", 2, "operand a has dtype <U1; integers are needed"),
        ("exact8", [3, 256], 2, "operand a = 256 does not fit 8 bits unsigned; allowed are 0 to 255"),
        ("exact8", 3, -1, "operand b = -1 does not fit 8 bits unsigned; allowed are 0 to 255"),
        ("exact8us", 3, [[5], [128]], "operand b = 128 does not fit 8 bits signed; allowed are -128 to 127"),
    ],
)
def test_bad_operands(label: str, a: object, b: object, says: str) -> None:
    with pytest.raises(OperandError) as error:
        get(label)(a, b)
    assert str(error.value) == says


def test_families_are_registered_once_under_a_readable_name() -> None:
    def build(name: str, **other: tuple[str, ...]) -> Family:
        return Family(name=name, summary="", source="", function=lambda a, b, width: a * b, **other)  # type: ignore[arg-type]

    with pytest.raises(MultiplierError, match="a family named 'drum' is registered already"):
        register(build("drum"))
    assert register(family("drum")) is family("drum"), "the same family again is no mistake"
    with pytest.raises(MultiplierError, match="'drum8' must be an identifier that does not end in a digit"):
        build("drum8")
    with pytest.raises(MultiplierError, match=r"unknown default signs \['u'\]; allowed are"):
        build("fine", default_signs=("u",))


def test_a_function_of_no_family_has_no_other_signs() -> None:
    own = Multiplier("own", Operand(4, False), Operand(4, False), Operand(8, False), lambda a, b: a * b)
    with pytest.raises(MultiplierError, match="own: no family, so its operands' signs cannot be changed"):
        with_signs(own, True, True)
