// Drives a compiled matrix_unit in bulk, behind unit.cpp: rows of weights and vectors in, sums out, and how many cycles that took.
namespace {

enum Control : uint8_t { kSwap = 1, kFirst = 2, kLast = 4 };

}  // namespace

// How many bytes row_i, row_mask_i, vector_i and sums_o have.
EXPORT void port_bytes(Unit* unit, int64_t* bytes) {
  bytes[0] = sizeof(unit->top.row_i);
  bytes[1] = sizeof(unit->top.row_mask_i);
  bytes[2] = sizeof(unit->top.vector_i);
  bytes[3] = sizeof(unit->top.sums_o);
}

// What a run is given. In cycle n, something is offered if its pattern has a 1 at n modulo the pattern's length.
struct Feed {
  int64_t row_count;
  const uint8_t* rows;
  const uint8_t* masks;
  int64_t vector_count;
  const uint8_t* vectors;
  const uint8_t* controls;  // of each vector, see Control
  const int32_t* addresses;
  int64_t row_period;
  const uint8_t* rows_offered;
  int64_t vector_period;
  const uint8_t* vectors_offered;
};

// Resets the unit and runs all of `feed`; fills `sums` and `sum_addresses` with `sum_count` entries. Returns the cycles from the
// first row to the last sums, both counted; or, if nothing has moved for `patience` cycles, -1 - (1 for rows still to be taken,
// 2 for vectors still to be taken, 4 for sums that have not come, 8 alone for sums that nobody asked for).
EXPORT int64_t unit_run(Unit* unit, const Feed* feed, int64_t sum_count, uint8_t* sums, int32_t* sum_addresses, int64_t patience) {
  Vtop& top = unit->top;
  top.row_valid_i = 0;
  top.vector_valid_i = 0;
  unit->reset();

  int64_t row = 0, vector = 0, sum = 0, begun = -1, moved = 0;
  for (int64_t cycle = 0;; ++cycle) {
    const bool offer_row = row < feed->row_count && feed->rows_offered[cycle % feed->row_period];
    const bool offer_vector = vector < feed->vector_count && feed->vectors_offered[cycle % feed->vector_period];
    top.clk_i = 0;
    top.row_valid_i = offer_row;
    top.vector_valid_i = offer_vector;
    if (offer_row) {
      put(top.row_i, feed->rows + row * sizeof(top.row_i));
      put(top.row_mask_i, feed->masks + row * sizeof(top.row_mask_i));
    }
    if (offer_vector) {
      put(top.vector_i, feed->vectors + vector * sizeof(top.vector_i));
      const uint8_t control = feed->controls[vector];
      top.swap_i = (control & kSwap) != 0;
      top.first_i = (control & kFirst) != 0;
      top.last_i = (control & kLast) != 0;
      top.address_i = feed->addresses[vector];
    }
    top.eval();

    if (offer_row && top.row_ready_o) {
      ++row;
      moved = cycle;
      if (begun < 0) begun = cycle;
    }
    if (offer_vector && top.vector_ready_o) {
      ++vector;
      moved = cycle;
    }
    if (top.sums_valid_o) {
      if (sum == sum_count) return -1 - 8;
      std::memcpy(sums + sum * sizeof(top.sums_o), &top.sums_o, sizeof(top.sums_o));
      sum_addresses[sum] = top.sums_address_o;
      ++sum;
      moved = cycle;
    }
    if (sum == sum_count && row == feed->row_count && vector == feed->vector_count) return cycle - begun + 1;
    if (cycle - moved > patience) {
      return -1 - ((row < feed->row_count) + 2 * (vector < feed->vector_count) + 4 * (sum < sum_count));
    }
    unit->rising_edge();
  }
}
