// Drives a compiled matrix_unit in bulk: rows of weights and vectors in, sums out, and how many cycles that took.

// How many bytes row_i, row_mask_i, vector_i and sums_o have.
EXPORT void port_bytes(Unit* unit, int64_t* bytes) {
  bytes[0] = sizeof(unit->top.row_i);
  bytes[1] = sizeof(unit->top.row_mask_i);
  bytes[2] = sizeof(unit->top.vector_i);
  bytes[3] = sizeof(unit->top.sums_o);
}

// Runs `feed`, see `drive`, and fills `sums` and `sum_addresses` with `sum_count` entries.
EXPORT int64_t unit_run(Unit* unit, const Feed* feed, int64_t sum_count, uint8_t* sums, int32_t* sum_addresses, int64_t patience) {
  Vtop& top = unit->top;
  int64_t sum = 0;
  return drive(*unit, *feed, patience, [](int64_t) {}, [&](bool& came) -> int64_t {
    if (top.sums_valid_o) {
      if (sum == sum_count) return -1;
      std::memcpy(sums + sum * sizeof(top.sums_o), &top.sums_o, sizeof(top.sums_o));
      sum_addresses[sum] = top.sums_address_o;
      ++sum;
      came = true;
    }
    return sum_count - sum;
  });
}
