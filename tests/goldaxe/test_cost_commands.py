"""`goldaxe cost` and `goldaxe pareto` as a user runs them, and the front against its definition."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from goldaxe import _pareto
from goldaxe._labels import place_labels
from goldaxe._pareto import on_front, pareto
from goldaxe.cli import main
from goldaxe.cost import CostError
from multipliers import cache_root, get, measure

NARROW = ("exact4", "drum4_k3", "udm4", "truncated_columns4_v3", "mitchell4", "truncated_operands4_t2")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["goldaxe", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, 2)
    if ended.value.code:
        raise ValueError(ended.value.code)


@pytest.fixture
def narrow(yosys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six multipliers of 4 bits in place of the default variants."""
    monkeypatch.setattr(_pareto, "variants", lambda signed: [get(label) for label in NARROW])


def test_front_is_its_definition() -> None:
    rng = np.random.default_rng(0)
    for size in (0, 1, 2, 40):
        values = [tuple(map(float, pair)) for pair in rng.integers(0, 12, (size, 2))]
        front = on_front(values)
        for (x, y), chosen in zip(values, front, strict=True):
            better = [1 for c, e in values if (c <= x and e < y) or (c < x and e <= y)]
            assert chosen == (not better)
        assert not size or any(front)


def test_cost_command(
    narrow: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    np.savez(tmp_path / "s.npz", a=np.arange(16), b=np.arange(16)[::-1])
    run(monkeypatch, "cost", "udm4", "exact4", "--stream", tmp_path / "s.npz", "--json")
    udm, exact = json.loads(capsys.readouterr().out)
    assert (udm["label"], udm["exact"], udm["stream"], udm["vectors"]) == ("udm4", "exact4", "s.npz", 16)
    assert udm["energy_ratio"] == pytest.approx(udm["energy"] / exact["energy"])
    assert udm["units"] == ["gates", "gate delays", "gate toggles"]
    run(monkeypatch, "cost", "udm4", "--vectors", 100)
    shown = capsys.readouterr().out
    assert "uniform, seed 0, 100 operations" in shown
    assert "Ratios are to exact4." in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cost", "udm5"), "width 5"),
        (("cost", "udm4", "--liberty", "missing.lib"), "cannot read the Liberty file"),
        (("cost", "udm4", "--stream", "missing.npz"), "cannot read the operand stream"),
        (("cost", "udm4", "--stream", "mnist-dscn"), "did you mean mnist-dscnn"),
        (("cost", "udm4", "--vectors", 1), "vectors = 1 "),
        (("cost", "udm4", "--seed", -1), "seed = -1"),
        (("pareto", "--x", "price"), "x = 'price' is not allowed"),
        (("pareto", "--y", "mea"), "y = 'mea' is not allowed"),
        (("pareto", "--png", "plot.jpg"), "ends in .png"),
        (("pareto", "--csv", "nowhere/x.csv"), "there is no folder"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: tuple[object, ...],
    said: str,
    narrow: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="2"):
        run(monkeypatch, *arguments)
    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_pareto_command(
    narrow: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table, picture, page = (tmp_path / f"p.{ending}" for ending in ("csv", "png", "html"))
    pytest.importorskip("plotly", reason="plotly is not installed: pip install 'goldaxe[report]'")
    run(monkeypatch, "pareto", "--x", "area", "--y", "mae", "--csv", table, "--png", picture, "--html", page)
    assert "of 6 are on the Pareto front" in capsys.readouterr().out
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert sorted(row["multiplier"] for row in rows) == sorted(NARROW)
    values = [(float(row["area"]), float(row["mae"])) for row in rows]
    assert values == sorted(values)
    assert [row["on_front"] == "1" for row in rows] == on_front(values)
    for row in rows:
        assert float(row["mae"]) == measure(get(row["multiplier"])).mae
    assert picture.read_bytes().startswith(b"\x89PNG")
    text = page.read_text()
    assert all(label in text for label in NARROW)
    assert "cdn." not in text[:2000]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.csv", "p.html", "p.png"]


MINE = "module {}(input [3:0] A, B, output [7:0] O); assign O = {{A[3:2], 2'b0}} * B; endmodule"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two circuits of one name, and one that is signed, with a library of imported multipliers of their own."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for file, name, also in (("a", "own", ""), ("b", "own", "// another"), ("c", "mul4s_OWN", "")):
        (folder / f"{file}.v").write_text(MINE.format(name) + also)
    (tmp_path / "cache").mkdir()
    for part in ("runtime", "netlists"):
        (cache_root() / part).mkdir(parents=True, exist_ok=True)
        (tmp_path / "cache" / part).symlink_to(cache_root() / part)
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.mark.filterwarnings("ignore::importer.ReadingWarning")  # of a file that multiplies unsigned operands, called mul4s
def test_costs_of_one_s_own_verilog(
    narrow: None, mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(monkeypatch, "cost", mine, "exact4", "--json")
    first, second, signed, exact = json.loads(capsys.readouterr().out)
    assert first["label"][:4] == second["label"][:4] == "own@"
    assert first["label"] != second["label"]
    assert (first["exact"], signed["exact"]) == ("exact4", "exact4s")
    assert 0.3 < first["energy_ratio"] == second["energy_ratio"] < 0.8
    assert exact["energy_ratio"] == 1
    run(monkeypatch, "pareto", mine / "a.v", "--json")
    labels = [point["cost"]["label"] for point in json.loads(capsys.readouterr().out)]
    assert sorted(labels) == sorted([*NARROW, first["label"]]), "no name stands for a file that a command is given"
    assert first["imported"]["file"] == str(mine / "a.v")
    picture = tmp_path / "own.png"
    run(monkeypatch, "pareto", mine, "--only", "--png", picture)
    shown = capsys.readouterr().out
    assert "Left out, not 4 x 4 bits, unsigned: mul4s_OWN" in shown
    assert "2 of 2 are on the Pareto front" in shown
    assert picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="2"):
        run(monkeypatch, "pareto", "exact4", "--only", "--signed")
    assert "error: none of the multipliers is signed\n" in capsys.readouterr().err


def test_labels_stand_beside_their_points_and_apart() -> None:
    """Twenty points in a heap: names are apart from one another, inside the axes, and equal points share one."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figure, axes = pyplot.subplots(figsize=(8, 6))
    rng = np.random.default_rng(0)
    points = [(float(x), float(y), f"name_{index}") for index, (x, y) in enumerate(rng.normal(0, 1, (20, 2)))]
    axes.set(xlim=(-5, 5), ylim=(-5, 5))
    place_labels(figure, axes, [*points, (*points[0][:2], "twin")])
    labels = [text for text in axes.texts if text.get_text()]
    assert [text.get_text() for text in labels] == ["name_0, twin", *(name for _, _, name in points[1:])]
    boxes = [text.get_window_extent() for text in labels]
    assert not any(one.overlaps(other) for index, one in enumerate(boxes) for other in boxes[:index])
    for box, (x, y, _) in zip(boxes, points, strict=True):
        assert axes.bbox.containsx(box.x0)
        assert axes.bbox.containsx(box.x1)
        near = np.hypot(*(np.clip(axes.transData.transform((x, y)), box.p0, box.p1) - axes.transData.transform((x, y))))
        assert near < 100
    pyplot.close(figure)


def test_pareto_of_one_s_own_choice(yosys: None) -> None:
    points = pareto("delay", "bias", multipliers=[get("exact4"), get("truncated_columns4_v3")])
    assert {point.cost.label: point.on_front for point in points}["exact4"]
    assert [point.y for point in points] == [-point.metrics.bias for point in points]
    assert max(point.y for point in points) > 0
    with pytest.raises(CostError, match="x = 'watts'"):
        pareto("watts")
    assert {(m.a.signed, m.b.signed, m.a.width) for m in _pareto.variants(True)} == {(True, True, 8)}
