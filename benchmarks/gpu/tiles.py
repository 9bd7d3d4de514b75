"""Every tile of a kernel: whether its result is right, and how long it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from benchmarks.gpu.timing import seconds


def tuner(name: str) -> Any:
    """The autotuner of a kernel."""
    from pysim.kernels.gpu import _kernels

    return getattr(_kernels, name)


def each(name: str, call: Callable[[], Tensor], expected: Tensor, device: str) -> list[dict[str, Any]]:
    """For each tile its sizes and seconds, or why it has none: a wrong result, or what the compiler or card says."""
    kernel, rows = tuner(name), []
    every = kernel.configs
    try:
        for config in every:
            kernel.configs = [config]
            kernel.cache.clear()
            sizes = [config.kwargs[f"BLOCK_{letter}"] for letter in "MNK"]
            row: dict[str, Any] = {"tile": [*sizes, config.num_warps, config.num_stages], "seconds": None, "error": None}
            try:
                if not bool((call() == expected).all()):
                    row["error"] = "WRONG RESULT"
                else:
                    row["seconds"] = seconds(call, device)
            except Exception as error:  # a tile that does not fit this card is a finding, not the end
                row["error"] = f"{type(error).__name__}: {error}".splitlines()[0][:120]
            rows.append(row)
    finally:
        kernel.configs = every
        kernel.cache.clear()
    return rows


def best(name: str) -> list[int] | None:
    """The tile that the last launch of a kernel used."""
    config = getattr(tuner(name), "best_config", None)
    if config is None:
        return None
    return [*(config.kwargs[f"BLOCK_{letter}"] for letter in "MNK"), config.num_warps, config.num_stages]
