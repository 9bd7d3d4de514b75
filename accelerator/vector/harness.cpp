// Drives a compiled module of the vector unit in bulk, behind unit.cpp: a step's inputs in, results out when they come.

EXPORT void port_bytes(Unit* unit, int64_t* bytes) {
  bytes[0] = sizeof(unit->top.step_i);
  bytes[1] = sizeof(unit->top.result_o);
}

// Resets the unit and runs `count` steps; in cycle n the next one is offered if `offered` has a 1 at n modulo `period`. Fills
// `results` with `result_count` entries. Returns the cycles from the first step to the last result, both counted; -1 if a
// result has not come `patience` cycles after the last step, -2 if more came than that.
EXPORT int64_t unit_run(Unit* unit, int64_t count, const uint8_t* steps, int64_t period, const uint8_t* offered,
                        int64_t result_count, uint8_t* results, int64_t patience) {
  Vtop& top = unit->top;
  top.valid_i = 0;
  unit->reset();

  int64_t step = 0, result = 0, begun = -1, moved = 0, ended = 0;
  for (int64_t cycle = 0;; ++cycle) {
    const bool offer = step < count && offered[cycle % period];
    top.clk_i = 0;
    top.valid_i = offer;
    if (offer) {
      put(top.step_i, steps + step * sizeof(top.step_i));
      ++step;
      moved = cycle;
      if (begun < 0) begun = cycle;
    }
    top.eval();
    if (top.valid_o) {
      if (result == result_count) return -2;
      std::memcpy(results + result * sizeof(top.result_o), &top.result_o, sizeof(top.result_o));
      ++result;
      ended = cycle;
    }
    // Some cycles more show whether anything comes that nobody asked for.
    if (step == count && cycle - moved > patience) return result < result_count ? -1 : ended - begun + 1;
    unit->rising_edge();
  }
}
