"""Look-up tables of a Liberty file over input slope and output load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._errors import CostError
from ._liberty import Group

_LOAD = ("total_output_net_capacitance",)
_SLOPE = ("input_net_transition", "input_transition_time")


@dataclass(frozen=True, eq=False)
class Table:
    """Values (S, L) over slopes (S,) and loads (L,), both rising; one of each where the value does not depend on it."""

    slopes: np.ndarray
    loads: np.ndarray
    values: np.ndarray

    def __call__(self, slope: float, load: float) -> float:
        """Interpolated in both directions; below the first entry that entry, beyond the last the last two's line."""
        row, down = _place(self.slopes, slope)
        column, right = _place(self.loads, load)
        corner = self.values[row : row + 2, column : column + 2]
        across = corner[:, 0] if corner.shape[1] == 1 else corner[:, 0] * (1 - right) + corner[:, 1] * right
        return float(across[0] if len(across) == 1 else across[0] * (1 - down) + across[1] * down)


def read_table(group: Group, templates: dict[str, Group], what: str) -> Table:
    """The table of a group such as `cell_rise(template)`; raises CostError naming `what` for any other shape."""
    template = templates.get(group.name, Group("", []))
    variables = [template.attributes.get(f"variable_{axis}", "") for axis in (1, 2)]
    axes = [_numbers(group.lists.get(f"index_{axis}") or template.lists.get(f"index_{axis}") or [], what) for axis in (1, 2)]
    values = _numbers(group.lists.get("values") or [], what)
    wanted = [axis for axis, variable in zip(axes, variables, strict=True) if variable]
    if any(not np.all(np.diff(axis) > 0) for axis in wanted) or values.size != np.prod([len(axis) for axis in wanted]):
        raise CostError(f"{what}: a table of {group.kind} has {values.size} values, which do not fit its indices")
    if not set(variables) <= {"", *_LOAD, *_SLOPE}:
        raise CostError(f"{what}: a table of {group.kind} over {variables} is not understood; input slope and output load are")
    one = np.zeros(1)
    by_load_first = variables[0] in _LOAD
    slopes, loads = (axes[1], axes[0]) if by_load_first else (axes[0], axes[1])
    slopes, loads = (slopes if set(variables) & set(_SLOPE) else one), (loads if set(variables) & set(_LOAD) else one)
    if by_load_first:
        return Table(slopes, loads, values.reshape(len(loads), len(slopes)).T)
    return Table(slopes, loads, values.reshape(len(slopes), len(loads)))


def _numbers(texts: list[str], what: str) -> np.ndarray:
    try:
        numbers = np.array([float(word) for text in texts for word in text.replace(",", " ").split()])
    except ValueError:
        raise CostError(f"{what}: a table holds something that is no number") from None
    if not np.isfinite(numbers).all():
        raise CostError(f"{what}: a table holds a number that is not finite")
    return numbers


def _place(axis: np.ndarray, value: float) -> tuple[int, float]:
    """Between which two entries a value lies, the first one's index, and how far from it."""
    if len(axis) == 1 or value <= axis[0]:
        return 0, 0.0
    index = min(int(np.searchsorted(axis, value)), len(axis) - 1) - 1
    return index, float((value - axis[index]) / (axis[index + 1] - axis[index]))
