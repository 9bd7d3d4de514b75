"""Names beside points of a plot, each where it covers neither another name nor a point, if there is such a place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np

_OFFSETS = [(dx * reach, dy * reach) for reach in (5, 14, 26, 40) for dx, dy in product((1, -1, 0), (1, -1, 0)) if dx or dy]
"""Places to try, in points from the mark, the nearest first."""


def place_labels(
    figure: Any,
    axes: Any,
    points: Iterable[tuple[float, float, str]],
    avoid: Sequence[tuple[float, float]] = (),
    line: Sequence[tuple[float, float]] = (),
) -> None:
    """Write each (x, y, name) near its point on matplotlib's axes; names of one point share a line.

    `avoid` are other points that no name should cover, `line` the corners of a drawn line. Limits and
    scales of the axes have to be final.
    """
    from matplotlib.transforms import Bbox

    names: dict[tuple[float, float], list[str]] = defaultdict(list)
    for x, y, name in points:
        names[x, y].append(name)
    figure.canvas.draw()
    marks = axes.transData.transform([*names, *avoid])
    for start, end in pairwise(axes.transData.transform(line) if line else []):
        marks = np.concatenate([marks, np.linspace(start, end, 30)])
    taken = [Bbox.from_bounds(x - 3, y - 3, 6, 6) for x, y in marks]
    for (x, y), same in names.items():
        text = ", ".join(same[:3]) + (", ..." if len(same) > 3 else "")
        label = axes.annotate(text, (x, y), xytext=(0, 0), textcoords="offset points", fontsize=7)
        best, least = _OFFSETS[0], float("inf")
        for offset in _OFFSETS:
            box = _moved(label, offset)
            covered = sum(box.overlaps(other) for other in taken)
            if not (axes.bbox.x0 < box.x0 and box.x1 < axes.bbox.x1 and axes.bbox.y0 < box.y0 and box.y1 < axes.bbox.y1):
                covered += 100
            if covered < least:
                best, least = offset, covered
            if not covered:
                break
        taken.append(_moved(label, best))
        if max(map(abs, best)) > 10:  # too far for the eye to connect
            thread = {"arrowstyle": "-", "color": "gray", "linewidth": 0.5}
            axes.annotate("", (x, y), xytext=best, textcoords="offset points", arrowprops=thread)


def _moved(label: Any, offset: tuple[int, int]) -> Any:
    """The box of a label that now stands at an offset, and grows away from its point."""
    dx, dy = offset
    label.set_position(offset)
    label.set(ha=("center", "left", "right")[(dx > 0) - (dx < 0)], va=("center", "bottom", "top")[(dy > 0) - (dy < 0)])
    return label.get_window_extent()
