"""Matrix products for the array, and the plain loop that judges them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from accelerator.array import ArrayConfig, Design, Tile
from multipliers import Operand


def operands(rng: np.random.Generator, port: Operand, shape: tuple[int, ...]) -> np.ndarray:
    """Random values of a port, some of all magnitudes, an eighth of them its extremes."""
    values = rng.integers(port.low, port.high + 1, shape)
    values = np.where(rng.random(shape) < 0.4, values >> rng.integers(0, port.width, shape), values)
    return np.where(rng.random(shape) < 0.125, rng.choice([port.low, port.high], shape), values)


def problem(config: ArrayConfig, m: int, k: int, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Activations (m, k), weights (k, n) and a mask (k, n) with a few weights left out."""
    rng = np.random.default_rng(seed)
    x, w = operands(rng, config.multiplier.a, (m, k)), operands(rng, config.multiplier.b, (k, n))
    return x, w, rng.random((k, n)) < 0.9


def by_loops(config: ArrayConfig, x: np.ndarray, w: np.ndarray, mask: np.ndarray) -> list[list[int]]:
    """The product in Python integers, one multiplication after the other, in the accumulator's arithmetic."""
    bits, saturates = config.accumulator.bits, config.accumulator.overflow == "saturate"
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    product = []
    for row in x.tolist():
        sums = []
        for n in range(w.shape[1]):
            total = 0
            for k, a in enumerate(row):
                if mask[k, n]:
                    total += int(config.multiplier(a, int(w[k, n])))
                    total = max(low, min(high, total)) if saturates else (total - low) % (1 << bits) + low
            sums.append(total)
        product.append(sums)
    return product


def random_tiles(config: ArrayConfig, rng: np.random.Generator, count: int) -> list[Tile]:
    """Tiles that no matrix product asks for: random lengths, words in random order, sums begun and ended at will."""
    tiles: list[Tile] = []
    begun: set[int] = set()
    for index in range(count):
        final = index == count - 1
        going_on = bool(begun) and rng.random() < 0.6
        allowed = sorted(begun) if going_on else list(range(config.depth))
        addresses = rng.permutation(allowed)[: rng.integers(1, min(len(allowed), 2 * config.rows) + 1)]
        last = final or rng.random() < 0.4
        shape = (config.rows, config.cols)
        weights = operands(rng, config.multiplier.b, shape)
        vectors = operands(rng, config.multiplier.a, (len(addresses), config.rows))
        tiles.append(Tile(weights, rng.random(shape) < 0.8, vectors, addresses, not going_on, last))
        begun = begun - set(addresses.tolist()) if last else begun | set(addresses.tolist())
    return tiles


def edited(design: Design, module: str, old: str, new: str, folder: Path) -> Design:
    """A design with one place of one of the array's modules changed; the new file goes to `folder`."""
    (path,) = (path for path in design.files if path.stem == module)
    text = path.read_text()
    assert text.count(old) == 1
    wrong = folder / path.name
    wrong.write_text(text.replace(old, new))
    return replace(design, files=tuple(wrong if each == path else each for each in design.files))
