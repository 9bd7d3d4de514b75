// What the harnesses of matrix_unit and product_unit have in common, behind unit.cpp: what a unit is fed, and the loop that
// feeds it.

enum Control : uint8_t { kSwap = 1, kFirst = 2, kLast = 4 };

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

// Resets the unit and runs all of `feed`. `offer` puts what goes with a vector beside its own ports, and `sink` takes outputs:
// it says whether any came, and how many are still to come; below zero if there were too many. Returns the cycles from the
// first row to the last output, both counted; or, if nothing has moved for `patience` cycles, -1 - (1 for rows still to be taken,
// 2 for vectors still to be taken, 4 for outputs that have not come, 8 alone for outputs that nobody asked for).
template <class Offer, class Sink>
int64_t drive(Unit& unit, const Feed& feed, int64_t patience, Offer offer, Sink sink) {
  Vtop& top = unit.top;
  top.row_valid_i = 0;
  top.vector_valid_i = 0;
  unit.reset();

  int64_t row = 0, vector = 0, begun = -1, moved = 0;
  for (int64_t cycle = 0;; ++cycle) {
    const bool offer_row = row < feed.row_count && feed.rows_offered[cycle % feed.row_period];
    const bool offer_vector = vector < feed.vector_count && feed.vectors_offered[cycle % feed.vector_period];
    top.clk_i = 0;
    top.row_valid_i = offer_row;
    top.vector_valid_i = offer_vector;
    if (offer_row) {
      put(top.row_i, feed.rows + row * sizeof(top.row_i));
      put(top.row_mask_i, feed.masks + row * sizeof(top.row_mask_i));
    }
    if (offer_vector) {
      put(top.vector_i, feed.vectors + vector * sizeof(top.vector_i));
      const uint8_t control = feed.controls[vector];
      top.swap_i = (control & kSwap) != 0;
      top.first_i = (control & kFirst) != 0;
      top.last_i = (control & kLast) != 0;
      top.address_i = feed.addresses[vector];
      offer(vector);
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
    bool came = false;
    const int64_t missing = sink(came);
    if (missing < 0) return -1 - 8;
    if (came) moved = cycle;
    if (!missing && row == feed.row_count && vector == feed.vector_count) return cycle - begun + 1;
    if (cycle - moved > patience) {
      return -1 - ((row < feed.row_count) + 2 * (vector < feed.vector_count) + 4 * (missing > 0));
    }
    unit.rising_edge();
  }
}
