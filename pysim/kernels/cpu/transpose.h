// Transposing bytes, between layouts with channels first and last.
#pragma once
#include "common.h"

// to[c * to_row + r] = from[r * from_row + c] for r < rows and c < columns.
void transpose(const u8* from, s64 from_row, s64 rows, s64 columns, u8* to, s64 to_row);
