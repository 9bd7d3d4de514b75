"""The accelerator's registers and error codes, as rtl/top/register_file.v and job_control.v have them.

docs/top.md explains them; a test compares all three.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

IDENTITY = 0x474F4C44
"""What ID reads as: "GOLD"."""

VERSION = 0x00010000
"""What VERSION reads as: 1.0."""

CHANNELS = 0x40000
"""The first channel's address; channel (block, column) is at `CHANNELS + 4 * (block * 2**bits + column)`, with as many bits as
the last column's number has, at least 1."""


class Register(IntEnum):
    """Byte addresses of the registers, 32 bits each."""

    ID = 0x00
    VERSION = 0x04
    SIZE = 0x08
    WIDTHS = 0x0C
    MAX_VECTORS = 0x10
    MAX_BLOCKS = 0x14
    FEATURES = 0x18
    CONTROL = 0x20
    STATUS = 0x24
    ERROR = 0x28
    CYCLES = 0x2C
    JOBS = 0x30
    TILES = 0x40
    BLOCKS = 0x44
    VECTORS = 0x48
    ZERO = 0x4C
    LOW = 0x50
    HIGH = 0x54
    MODE = 0x58
    OFFSET = 0x5C
    MULTIPLIER = 0x60


READ_ONLY = frozenset(register for register in Register if register < Register.CONTROL) | {
    Register.STATUS,
    Register.ERROR,
    Register.CYCLES,
    Register.JOBS,
}


class Control(IntEnum):
    """What is written to CONTROL."""

    START = 1
    CLEAR = 2


class Status(IntFlag):
    """Bits of STATUS."""

    BUSY = 1
    ERROR = 2
    DROPPING = 4
    ARMED = 8


class Error(IntEnum):
    """What ERROR reads as: the first error since the last CLEAR. Those of 16 and more abort the job."""

    NONE = 0
    BAD_ADDRESS = 1
    PARTIAL_STROBE = 2
    READ_ONLY = 3
    WRITE_WHILE_BUSY = 4
    ILLEGAL_VALUE = 5
    ZERO_COUNT = 6
    EMPTY_RANGE = 7
    WEIGHTS_BEFORE_START = 16
    WEIGHTS_SHORT = 17
    WEIGHTS_LATE = 18
    VECTORS_BEFORE_START = 19
    VECTORS_SHORT = 20
    VECTORS_LATE = 21
