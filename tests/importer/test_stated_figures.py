"""Stated figures are compared in exact numbers: rounded, cut, or wrong."""

from dataclasses import replace

import pytest

from importer._published import compared
from multipliers import MultiplierError, get, measure

METRICS = replace(measure(get("drum8_k4")), mse=9786716.25, mae=1.29, mae_percent=129 / 65536, wce=255, ep=0.5)

VERDICTS = {
    ("MSE", "97867.163e2"): "rounded",  # half a last digit away, which doubles say is more
    ("MSE", "97867.162e2"): "rounded",
    ("MSE", "97867.164e2"): "wrong",
    ("MSE", "97867.161e2"): "wrong",
    ("MSE", "9786716.25"): "rounded",
    ("MSE", "9786716.250000000"): "rounded",
    ("MSE", "9786716"): "rounded",
    ("MSE", "9.7e6"): "cut",
    ("MSE", "9.8e6"): "rounded",
    ("MSE", "9.6e6"): "wrong",
    ("MSE", "1e400"): "wrong",
    ("MAE", "1.2"): "cut",
    ("MAE", "1.3"): "rounded",
    ("MAE", "1.1"): "wrong",
    ("MAE", "1"): "rounded",
    ("MAE", "1.29"): "rounded",
    ("MAE", "1.28"): "wrong",
    ("WCE", "255"): "rounded",
    ("WCE", "254"): "wrong",
    ("WCE", "2.5e2"): "rounded",
    ("WCE", "2e2"): "cut",
    ("EP%", "50.00"): "rounded",
    ("EP%", "49"): "wrong",
}


@pytest.mark.parametrize(("metric", "stated"), VERDICTS)
def test_figures_are_rounded_or_cut_or_wrong(metric, stated):
    (figure,) = compared({metric: stated}, METRICS)
    said = "cut" if figure.cut else "rounded" if figure.reproduced else "wrong"
    assert said == VERDICTS[metric, stated]
    assert figure.refuted == (said == "wrong")


def test_a_percentage_of_a_figure_that_was_cut():
    mae, percent = compared({"MAE": "1.2", "MAE%": f"{120 / 65536:.4f}"}, METRICS)
    assert (mae.cut, percent.reproduced) == (True, True)


@pytest.mark.parametrize("value", ["1_000", "\u0661", "\uff11", "1,5", "1.2.3", "0x10", " 1", "1e9999", "1" * 500_000, ""])
def test_numbers_are_in_plain_digits(value):
    with pytest.raises(MultiplierError, match=r"published figure MSE = '.{0,80}' is no number"):
        compared({"MSE": value}, METRICS)
