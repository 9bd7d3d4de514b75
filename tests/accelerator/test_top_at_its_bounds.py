"""The accelerator with counts as large as its registers take: in bulk, against sums of NumPy's integers."""

from collections.abc import Iterator

import numpy as np
import pytest
from top_in_bulk import BulkTop
from top_jobs import unit_of

from accelerator.array import cycles, requantize
from accelerator.array._top import TopConfig
from cocotb_tests.accelerator_registers import Control, Error, Register, Status

DEPTH, BLOCKS, TILES, FIFOS = 65536, 4096, 65535, 65536


@pytest.fixture(scope="module")
def compiled() -> BulkTop:
    """One element: most vectors, blocks, and results that wait."""
    return BulkTop(TopConfig(unit_of(1, 1, "exact8us", depth=DEPTH, blocks=BLOCKS, code_bits=16), fifos=FIFOS))


@pytest.fixture
def top(compiled: BulkTop) -> Iterator[BulkTop]:
    compiled.reset()
    yield compiled
    compiled.reset()


def drawn(tiles: int, vectors: int, rows: int = 1, cols: int = 1, bits: int = 8) -> list[np.ndarray]:
    """Tiles, masks with a few weights left out, and vectors."""
    rng, half = np.random.default_rng(tiles + vectors), 1 << (bits - 1)
    return [
        rng.integers(-half, half, (tiles, rows, cols)),
        rng.random((tiles, rows, cols)) < 0.9,
        rng.integers(0, 2 * half, (tiles, vectors, rows)),
    ]


def summed(weights: np.ndarray, masks: np.ndarray, vectors: np.ndarray, blocks: int) -> np.ndarray:
    """The job's sums (blocks * V, cols) in 32 bits."""
    products = np.einsum("tvr,trc->tvc", vectors, weights * masks)
    whole = products.reshape(blocks, -1, *products.shape[1:]).sum(axis=1).reshape(-1, products.shape[2])
    return whole.astype(np.int32).astype(np.int64)


CLAMP = (3, -(1 << 15), (1 << 15) - 1)


def check(top: BulkTop, tiles: int, blocks: int, vectors: int, held: bool, bits: int = 8) -> None:
    """A job with settings of their own for all channels: codes, sums, ends of frames, and cycles where nothing is held."""
    array = top.top.unit.array
    data = drawn(tiles * blocks, vectors, array.rows, array.cols, bits)
    rng = np.random.default_rng(blocks)
    shape = blocks, array.cols
    settings = rng.integers(-(1 << 20), 1 << 20, shape), rng.integers(1 << 29, 1 << 31, shape), rng.integers(0, 18, shape)
    for block, column in np.ndindex(shape):
        top.channel(block, column, *(int(part[block, column]) for part in settings))
    top.start(tiles, blocks, vectors, CLAMP, raw=True)
    codes, sums = top.run(*data, held=held)
    expected = summed(*data, blocks)
    assert (len(sums.values), len(codes.values)) == (len(expected), len(expected))
    assert np.flatnonzero((sums.values != expected).any(axis=1))[:5].tolist() == []
    each = (np.repeat(part, vectors, axis=0) for part in settings)
    wanted = requantize(expected, *each, *map(np.int64, CLAMP))
    assert np.flatnonzero((codes.values != wanted).any(axis=1))[:5].tolist() == []
    ends = list(range(vectors - 1, blocks * vectors, vectors))
    assert (codes.last, sums.last, codes.error, sums.error) == (ends, ends, [], [])
    said = [top.read(register) for register in (Register.ERROR, Register.JOBS, Register.CYCLES)]
    assert said[:2] == [0, 1]
    assert top.read(Register.STATUS) & 0xFFFF00FF == Status.ARMED  # below the handshakes
    if not held:  # 3 of the requantiser, 2 of the skid buffer and of START
        assert said[2] == cycles(array, [vectors] * tiles * blocks) + 5


@pytest.mark.parametrize(
    ("tiles", "blocks", "vectors", "held"),
    [(2, 1, DEPTH, False), (1, 1, DEPTH, True), (TILES, 1, 1, False), (1, BLOCKS, 3, True)],
)
def test_the_largest_counts(top: BulkTop, tiles: int, blocks: int, vectors: int, held: bool) -> None:
    """As many vectors, tiles and blocks as there can be; `held`, all results wait in the FIFOs."""
    check(top, tiles, blocks, vectors, held)


@pytest.mark.parametrize(
    ("end", "error", "ended"),
    [
        (DEPTH - 2, Error.VECTORS_SHORT, DEPTH - 2),
        (None, Error.VECTORS_LATE, DEPTH - 1),
        ((1 << 15) - 1, Error.VECTORS_SHORT, 0),
    ],
)
def test_a_frame_of_another_length_is_told_at_its_last_beat(top: BulkTop, end: int | None, error: Error, ended: int) -> None:
    """One beat short of the longest frame, none too short but without an end, and half as long: each aborts, and is named."""
    top.channel(0, 0, 0, 1 << 30, 0)
    top.start(1, 1, DEPTH, CLAMP, raw=True)
    codes, sums = top.run(*drawn(1, DEPTH), ends=[] if end is None else [end])
    assert top.read(Register.ERROR) == error
    assert (codes.last, sums.last) == ([len(codes.values) - 1], [len(sums.values) - 1])
    assert (codes.error, sums.error) == (codes.last, sums.last)
    if ended:
        assert ended - 8 <= len(sums.values) - 1 <= ended  # what is in the array is dropped
    top.write(Register.CONTROL, Control.CLEAR)
    assert top.read(Register.ERROR) == 0


def test_jobs_without_sums_need_no_room_for_any(top: BulkTop) -> None:
    """Nobody takes the first job's sums, which fill their FIFO. Jobs that send none pass, and take no places there: when the
    sums have left, another job's find room."""
    top.channel(0, 0, 0, 1 << 30, 0)
    data, few = drawn(1, DEPTH), drawn(1, 3)
    for operands, raw in ((data, True), (data, False), (few, False)):
        vectors = operands[2].shape[1]
        top.start(1, 1, vectors, CLAMP, raw=raw)
        codes, sums = top.run(*operands, with_sums=False)
        assert (codes.last, len(sums.values)) == ([vectors - 1], 0)
    _, sums = top.run(*(part[:0] for part in data))
    assert sums.last == [DEPTH - 1]
    assert (sums.values == summed(*data, 1)).all()
    top.start(1, 1, DEPTH, CLAMP, raw=True)
    _, sums = top.run(*data)
    assert sums.last == [DEPTH - 1]


def test_counts_beyond_the_largest_are_refused(top: BulkTop) -> None:
    for register, most in ((Register.TILES, TILES), (Register.BLOCKS, BLOCKS), (Register.VECTORS, DEPTH)):
        top.write(register, most)
        with pytest.raises(AssertionError, match=f"{most + 1:#x} to {register:#x}: 2"):
            top.write(register, most + 1)
        assert top.read(register) == most
