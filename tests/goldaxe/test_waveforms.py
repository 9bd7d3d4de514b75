"""Waveforms that are cut and read by cycle, and memory images, against small ones written by hand."""

import numpy as np
import pytest

from goldaxe.cosim._vcd import Waveform
from goldaxe.export._images import _words, hexadecimal

VCD = """$timescale 1ns $end
$scope module top $end
$var wire 1 ! clk $end
$var wire 4 " word [3:0] $end
$scope module inner $end
$var wire 1 # flag $end
$upscope $end
$var wire 1 % late $end
$upscope $end
$enddefinitions $end
#0
0!
b0011 "
x#
#1
1!
#2
0!
b101 "
1#
#3
1!
#4
0!
bx1z0 "
#5
1!
#6
0!
0#
1%
#7
1!
"""
"""Four cycles of two steps: the word is 3, 5, 4 (x and z are 0) and stays, the flag is x, 1, 1, 0; `late` rises in the last."""


def test_values_are_those_before_the_rising_edge() -> None:
    waveform = Waveform(VCD)
    assert waveform.names == {"top.clk": "!", "top.word": '"', "top.inner.flag": "#", "top.late": "%"}
    found = waveform.values(["top.word", "top.inner.flag", "top.late"], 4)
    assert found == {"top.word": [3, 5, 4, 4], "top.inner.flag": [0, 1, 1, 0], "top.late": [0, 0, 0, 1]}
    assert waveform.values(["top.word"], 6) == {"top.word": [3, 5, 4, 4, 4, 4]}


@pytest.mark.parametrize(("cycles", "until"), [(1, 3), (2, 3), (2, 2), (4, 3), (9, 3), (1, 0)])
def test_the_last_cycles_are_those_of_the_whole(cycles: int, until: int) -> None:
    """From the first kept cycle on, and nothing behind the last; what was set before stands at the beginning."""
    whole = Waveform(VCD)
    names = ["top.word", "top.inner.flag", "top.late"]
    cut = Waveform(whole.last(cycles, until))
    begin = max(0, until + 1 - cycles)
    for name, values in cut.values(names, until + 1).items():
        assert values[begin:] == whole.values(names, until + 1)[name][begin:], name
    times = [int(line[1:]) for line in cut.changes if line.startswith("#")]
    assert (times[0], times[-1]) == (2 * begin, 2 * until + 1)


def test_words_have_their_first_slice_lowest() -> None:
    values = np.array([[1, -1, 0], [0x5, 0x2A, 1], [-8, 0, 1]])
    widths = [4, 6, 1]
    expected = [
        sum((int(v) & (1 << w) - 1) << place for v, w, place in zip(row, widths, (0, 4, 10), strict=True)) for row in values
    ]
    assert _words(values, widths) == [f"{word:03x}" for word in expected]
    assert hexadecimal(np.array([[1, 0, 0, 0], [0, 0, 0, 1]], np.uint8)) == ["1", "8"]
    assert hexadecimal(np.eye(9, dtype=np.uint8)[7:]) == ["080", "100"]
