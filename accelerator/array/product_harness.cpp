// Drives a compiled product_unit in bulk: settings, then rows of weights and vectors in, sums and codes out, and how many cycles
// that took.

// How many bytes row_i, row_mask_i, vector_i, sums_o and codes_o have.
EXPORT void port_bytes(Unit* unit, int64_t* bytes) {
  bytes[0] = sizeof(unit->top.row_i);
  bytes[1] = sizeof(unit->top.row_mask_i);
  bytes[2] = sizeof(unit->top.vector_i);
  bytes[3] = sizeof(unit->top.sums_o);
  bytes[4] = sizeof(unit->top.codes_o);
}

// Writes the settings of `blocks` column blocks of `cols` columns, int32 (blocks, cols) each, and sets zero point and clamp.
EXPORT void unit_set(Unit* unit, int64_t blocks, int64_t cols, const int32_t* offset, const int32_t* multiplier,
                     const int32_t* shift, int32_t zero, int32_t low, int32_t high, int32_t code_mask) {
  Vtop& top = unit->top;
  top.row_valid_i = 0;
  top.vector_valid_i = 0;
  top.rst_ni = 1;
  top.zero_i = zero & code_mask;
  top.low_i = low & code_mask;
  top.high_i = high & code_mask;
  top.settings_write_i = 1;
  for (int64_t block = 0; block < blocks; ++block) {
    for (int64_t column = 0; column < cols; ++column) {
      const int64_t here = block * cols + column;
      top.settings_block_i = block;
      top.settings_column_i = column;
      top.offset_i = offset[here];
      top.multiplier_i = multiplier[here];
      top.shift_i = shift[here];
      top.clk_i = 0;
      top.eval();
      unit->rising_edge();
    }
  }
  top.settings_write_i = 0;
}

// Runs `feed`, see `drive`, whose vectors are of `blocks`, and fills `sums` and `codes` with `count` entries.
EXPORT int64_t unit_run(Unit* unit, const Feed* feed, const int32_t* blocks, int64_t count, uint8_t* sums, uint8_t* codes,
                        int64_t patience) {
  Vtop& top = unit->top;
  int64_t sum = 0, code = 0;
  return drive(*unit, *feed, patience, [&](int64_t vector) { top.block_i = blocks[vector]; }, [&](bool& came) -> int64_t {
    if (top.sums_valid_o) {
      if (sum == count) return -1;
      std::memcpy(sums + sum++ * sizeof(top.sums_o), &top.sums_o, sizeof(top.sums_o));
      came = true;
    }
    if (top.codes_valid_o) {
      if (code == count) return -1;
      std::memcpy(codes + code++ * sizeof(top.codes_o), &top.codes_o, sizeof(top.codes_o));
      came = true;
    }
    return 2 * count - sum - code;
  });
}
