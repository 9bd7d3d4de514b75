"""Windows, by counting: which rows a convolution reads, and how many outputs it has, as torch has it."""

import itertools

import pytest
import torch
import torch.nn.functional as F

from pysim.kernels import Window
from pysim.kernels.window import unfolded


@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_all_rows_are_read_where_a_window_says_so(kernel: int) -> None:
    """A product that quantises rows as it reads them sees what is not finite only there. It reads a window's whole span."""
    seen = {True: 0, False: 0}
    for height, stride, dilation, top, bottom in itertools.product(range(1, 9), range(1, 5), range(1, 4), range(3), range(4)):
        window, span = Window((kernel, 1), (stride, 1), (dilation, 1), (top, 0), (bottom, 0)), dilation * (kernel - 1) + 1
        if height + top + bottom < span:
            continue
        starts = [row * stride - top for row in range(window.output(height, 1)[0])]
        read = {row for start in starts for row in range(start, start + span)}
        whole = set(range(height)) <= read
        assert whole or not window.reads_all(height), (window, height)
        if stride <= span:
            assert window.reads_all(height) == whole, (window, height)
        seen[whole] += 1
    assert min(seen.values()) > 20


def test_outputs_are_torchs() -> None:
    """Values too: a view of the unfolded codes, each padded position with the code that was named."""
    sides = [(1, 1, 1, 0, 0), (3, 2, 1, 1, 1), (2, 1, 3, 0, 2), (3, 3, 2, 2, 0), (4, 2, 1, 3, 1)]
    x = torch.arange(2 * 4 * 9 * 8).view(2, 4, 9, 8) % 251
    for down, across in itertools.product(sides, sides):
        kernel, stride, dilation, padding, end = zip(down, across, strict=True)
        window = Window(kernel, stride, dilation, padding, end, 2)
        padded = F.pad(x.float(), (padding[1], end[1], padding[0], end[0]), value=255)
        columns = F.unfold(padded, kernel, dilation, 0, stride)
        height, width = window.output(9, 8)
        assert columns.shape[2] == height * width
        found = unfolded(x, window, 255)
        assert found.shape == (2, height, width, 2, 2, *kernel)
        assert torch.equal(found.flatten(3).flatten(1, 2).transpose(1, 2).float(), columns)


def test_a_kernel_that_does_not_fit_is_refused() -> None:
    assert Window((3, 2), dilation=(2, 1), padding=(1, 0), end=(1, 0)).output(3, 2) == (1, 1)
    with pytest.raises(ValueError, match="a kernel that spans 5 does not fit the padded input size 4"):
        Window((3, 2), dilation=(2, 1), padding=(1, 0), end=(1, 0)).output(2, 2)
