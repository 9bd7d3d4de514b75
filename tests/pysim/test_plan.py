"""Plans of multipliers and of published circuits: as few planes as their ranks allow."""

import numpy as np
import pytest
from evoapprox8 import circuits, over_codes
from plan_checks import compiled

from multipliers import defaults
from pysim import Quantization
from pysim._product import code_table
from pysim._quantization import operands

FAMILIES = {
    "broken_array8us_h1_v2": 2,
    "broken_array8s_h1_v2": 2,  # these took one more before factors were fitted
    "broken_array8s_h1_v4": 4,
    "broken_array8s_h2_v4": 3,
    "broken_array8us_h2_v5": 4,
    "broken_array8s_h2_v5": 4,
    "broken_array8us_h3_v7": 4,
    "broken_array8s_h3_v7": 4,
    "drum8us_k4": 1,
    "drum8s_k4": 1,
    "exact8us": 1,
    "exact8s": 1,
    "truncated_columns8us_v4": 5,
    "truncated_columns8s_v4": 5,
    "truncated_columns8us_v7": 7,
    "truncated_columns8s_v7": 6,
    "udm8us": 2,
    "udm8s": 2,
}
"""Planes of 8-bit families, activations affine where unsigned and symmetric where signed: no plan has fewer."""

CIRCUITS = {
    ("mul8u_1JFF", "us"): 1,
    ("mul8u_Y48", "us"): 2,
    ("mul8u_125K", "us"): 5,
    ("mul8u_2P7", "us"): 5,
    ("mul8u_JQQ", "us"): 3,
    ("mul8u_150Q", "us"): 10,
    ("mul8u_KEM", "us"): 16,
    ("mul8u_FTA", "us"): 8,
    ("mul8u_FTA", "s"): 4,
    ("mul8u_2AC", "us"): 9,
    ("mul8s_1KV8", "s"): 1,
    ("mul8s_1KVA", "s"): 3,
    ("mul8s_1KX2", "s"): 5,
    ("mul8s_1L2H", "s"): 1,
    ("mul8s_1KR3", "s"): 1,
    ("mul8s_1KTY", "s"): 1,
}
"""Planes of EvoApproxLib's circuits, as many as their ranks."""

TABLES = ("mul8u_2HH", "mul8u_185Q", "mul8u_12N4")


@pytest.mark.parametrize("scheme", ["affine", "symmetric"])
@pytest.mark.parametrize("multiplier", defaults(), ids=lambda multiplier: multiplier.label)
def test_registered_multipliers(multiplier, scheme):
    fitted = operands(multiplier, Quantization(activation=scheme))
    compiled(np.asarray(code_table(fitted)), fitted.activation.low, fitted.weight.low)


@pytest.mark.parametrize(("label", "count"), FAMILIES.items())
def test_planes_of_families(label, count):
    fitted = operands(label, Quantization())
    plan = compiled(np.asarray(code_table(fitted)), fitted.activation.low, fitted.weight.low)
    assert (plan.kind, len(plan.planes)) == ("exact" if label.startswith("exact") else "low rank", count)


@pytest.mark.parametrize(("circuit", "signs"), CIRCUITS)
def test_planes_of_real_circuits(circuit, signs):
    plan = compiled(*over_codes(circuit, signs))
    assert (plan.kind != "table", len(plan.planes)) == (True, CIRCUITS[circuit, signs])


@pytest.mark.parametrize(("circuit", "count"), {"mul8u_FTA": 17, "mul8u_2AC": 11, "mul8u_2P7": 7, "mul8u_KEM": 16}.items())
def test_planes_of_real_circuits_with_unsigned_weights(circuit, count):
    assert len(compiled(circuits()[circuit], 0, 0).planes) == count


@pytest.mark.parametrize("circuit", TABLES)
def test_real_circuits_of_high_rank_stay_tables(circuit):
    assert compiled(*over_codes(circuit, "us")).kind == "table"


def test_ranks_are_those_published_for_real_circuits():
    """Ranks of T and of T - a * b over all operand values, measured by others in the same circuits."""
    published = {
        "mul8u_Y48": (2, 1),
        "mul8u_FTA": (17, 18),
        "mul8u_12N4": (229, 228),
        "mul8s_1KR3": (1, 1),
        "mul8s_1KX2": (5, 4),
    }
    for name, ranks in published.items():
        low = -128 if name.startswith("mul8s") else 0
        plan = compiled(circuits()[name], low, low)
        assert (plan.rank_table, plan.rank_error) == ranks
