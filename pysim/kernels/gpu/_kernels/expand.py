# mypy: disable-error-code="no-untyped-def"
"""The activations' side of low-rank products: each code looked up once for all that multiply it."""

import triton
import triton.language as tl


@triton.jit
def expand(
    x_ptr, words_ptr, offsets_ptr, out_ptr, planes, rows, columns, filled, area, x_batch, x_pixel, x_column, pitch,
    BLOCK_M: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """out[row * pitch + offsets[p] + column] = left[p, x[row, column]], int8.

    One look-up gives four planes: byte j of words[i, code] is left[4 * i + j, code]. A row is a pixel; images have `area`.
    Rows of the output are written up to `filled`, a multiple of 16, which lets 16 bytes travel at a time.
    """
    tiles = tl.cdiv(filled, BLOCK_K)
    row = tl.program_id(0) // tiles * BLOCK_M + tl.arange(0, BLOCK_M)
    column = (tl.program_id(0) % tiles).to(tl.int64) * BLOCK_K + tl.arange(0, BLOCK_K)
    real = (row < rows)[:, None] & (column < columns)[None, :]
    written = (row < rows)[:, None] & (column < filled)[None, :]
    image = (row // area).to(tl.int64) * x_batch + (row % area).to(tl.int64) * x_pixel
    code = tl.load(x_ptr + image[:, None] + (column * x_column)[None, :], mask=real, other=0).to(tl.int32)
    place = out_ptr + row.to(tl.int64)[:, None] * pitch + column[None, :]
    for plane in range(0, planes, 4):
        word = tl.load(words_ptr + code)
        for byte in tl.static_range(4):
            if plane + byte < planes:
                offset = tl.multiple_of(tl.load(offsets_ptr + plane + byte), 16)
                tl.store(place + offset, (word >> (8 * byte)).to(tl.int8), mask=written)
        words_ptr += 256
