// Drives a compiled os_unit in bulk, behind unit.cpp: steps in, rows of sums out, and how many cycles that took.

// How many bytes vector_i, row_i, row_mask_i and sums_o have.
EXPORT void port_bytes(Unit* unit, int64_t* bytes) {
  bytes[0] = sizeof(unit->top.vector_i);
  bytes[1] = sizeof(unit->top.row_i);
  bytes[2] = sizeof(unit->top.row_mask_i);
  bytes[3] = sizeof(unit->top.sums_o);
}

// What a run is given. In cycle n, a step is offered if `offered` has a 1 at n modulo `period`.
struct Steps {
  int64_t count;
  const uint8_t* vectors;
  const uint8_t* rows;
  const uint8_t* masks;
  const uint8_t* lasts;
  int64_t period;
  const uint8_t* offered;
};

// Resets the unit, runs all of `steps` and fills `sums` and `numbers` with `sum_count` entries. Returns the cycles from the first
// step to the last sums, both counted; or, if nothing has moved for `patience` cycles, -1 - (1 for steps still to be taken,
// 2 for sums that have not come, 4 alone for sums that nobody asked for).
EXPORT int64_t unit_run(Unit* unit, const Steps* steps, int64_t sum_count, uint8_t* sums, int32_t* numbers, int64_t patience) {
  Vtop& top = unit->top;
  top.step_valid_i = 0;
  unit->reset();

  int64_t step = 0, sum = 0, begun = -1, moved = 0;
  for (int64_t cycle = 0;; ++cycle) {
    const bool offer = step < steps->count && steps->offered[cycle % steps->period];
    top.clk_i = 0;
    top.step_valid_i = offer;
    if (offer) {
      put(top.vector_i, steps->vectors + step * sizeof(top.vector_i));
      put(top.row_i, steps->rows + step * sizeof(top.row_i));
      put(top.row_mask_i, steps->masks + step * sizeof(top.row_mask_i));
      top.last_i = steps->lasts[step];
    }
    top.eval();

    if (offer && top.step_ready_o) {
      ++step;
      moved = cycle;
      if (begun < 0) begun = cycle;
    }
    if (top.sums_valid_o) {
      if (sum == sum_count) return -1 - 4;
      std::memcpy(sums + sum * sizeof(top.sums_o), &top.sums_o, sizeof(top.sums_o));
      numbers[sum++] = top.sums_row_o;
      moved = cycle;
    }
    if (sum == sum_count && step == steps->count) return cycle - begun + 1;
    if (cycle - moved > patience) return -1 - ((step < steps->count) + 2 * (sum < sum_count));
    unit->rising_edge();
  }
}
