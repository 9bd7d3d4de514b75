"""A job of the accelerator: what its registers are set to, the frames that go in, and the frames that have to come out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Channel:
    """The settings of one output channel: int32 offset and multiplier, shift 0 to 31."""

    block: int
    column: int
    offset: int
    multiplier: int
    shift: int


@dataclass(frozen=True)
class Job:
    """A product of `vectors` activation vectors with `tiles` tiles of weights for each of `blocks` column blocks.

    `weights`: for each tile, blocks outermost, `rows` rows of `cols` weights, the first row first; `masks` the same with 1
    where a weight is. `activations`: for each tile `vectors` rows of `rows` activations. `codes` and, if `raw`, `sums`: for
    each block `vectors` rows of `cols` integers. Codes lie in low ... high.
    """

    tiles: int
    blocks: int
    vectors: int
    zero: int
    low: int
    high: int
    raw: bool
    channels: list[Channel]
    weights: list[list[list[int]]]
    masks: list[list[list[int]]]
    activations: list[list[list[int]]]
    codes: list[list[list[int]]] = field(default_factory=list)
    sums: list[list[list[int]]] = field(default_factory=list)


def to_json(job: Job) -> dict[str, Any]:
    """A job as plain lists and integers."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(job)))
    return plain


def from_json(plain: dict[str, Any]) -> Job:
    """The job again."""
    return Job(**{**plain, "channels": [Channel(**channel) for channel in plain["channels"]]})


def pack(values: Sequence[int], lane: int) -> int:
    """Integers as lanes of a beat, the first lowest, two's complement where negative."""
    return sum((value & ((1 << lane) - 1)) << (lane * index) for index, value in enumerate(values))


def unpack(beat: int, lane: int, count: int, width: int, signed: bool) -> list[int]:
    """`count` integers of `width` bits, each low in its lane."""
    bits = [(beat >> (lane * index)) & ((1 << width) - 1) for index in range(count)]
    return [value - (1 << width) if signed and value >> (width - 1) else value for value in bits]
