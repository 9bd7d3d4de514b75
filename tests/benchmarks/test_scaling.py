"""The scaling benchmark's machinery, on tiny shapes: every point is measured and reported; how fast is not judged here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: object) -> str:
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=300).stdout


@pytest.fixture(scope="module")
def scaling(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    path = tmp_path_factory.mktemp("results") / "scaling.json"
    assert "Time against rank" in run("benchmarks.scaling", "--quick", "--json", path)
    return path, json.loads(path.read_text())


def test_every_point_is_measured(scaling: tuple[Path, dict[str, Any]]) -> None:
    points = scaling[1]["points"]
    assert {point["sweep"] for point in points} == {"rank", "threads", "batch", "K"}
    assert len({point["shape"] for point in points}) == 2
    for point in points:
        assert all(seconds > 0 for seconds in point["seconds"].values())
        ranks = {f"rank {rank}" for rank in (1, 2, 4, 8, 16, 32, 64)} if point["sweep"] == "rank" else {"rank 4"}
        assert set(point["seconds"]) == {"float32", "exact", "table", *ranks}
    assert {(point["shape"], point["at"]) for point in points if point["sweep"] == "K"} == {
        ("linear, 4 outputs", 6),
        ("linear, 4 outputs", 12),
        ("conv3x3, 2 outputs, 5x5", 27),
    }
    for measured in scaling[1]["memory"]:
        assert set(measured["MiB"]) == {"float32", "table"}
        assert all(value is None or 0 < value < 1000 for value in measured["MiB"].values())


def test_the_page_has_all_of_it(scaling: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    variants = ("float32", "channels last", "exact", "rank 2", "rank 4", "rank 10", "table", "gather")
    layers = {"machine": "a machine", "rounds": 3, "seconds": {"a layer": dict.fromkeys(variants, 0.25)}}
    (tmp_path / "layers.json").write_text(json.dumps(layers))
    run("benchmarks.report", tmp_path / "layers.json", tmp_path, "--scaling", scaling[0])
    page = (tmp_path / "benchmarks.md").read_text()
    for picture in ("benchmarks.png", "scaling.png"):
        assert f"]({picture})" in page
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")
    rank_4 = [point["seconds"]["rank 4"] / point["seconds"]["float32"] for point in scaling[1]["points"][:1]]
    assert f"| rank 4 | {rank_4[0]:.2f} |" in page
    assert all(f"**Time against {sweep}**" in page for sweep in ("rank", "threads", "batch", "K"))
    run("benchmarks.report", tmp_path / "layers.json", tmp_path)
    assert "Scaling" not in (tmp_path / "benchmarks.md").read_text()
