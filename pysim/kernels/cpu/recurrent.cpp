// One direction of one recurrent layer: for each step, quantise the hidden state, multiply it, and compute the cell.
//
// The steps depend on each other, so what counts is the time between them; here that is a function call.
#include "common.h"

extern "C" void goldaxe_lstm(const float* a, const float* b, const float* c, s64 rows, s64 hidden, float* h_new, float* c_new);
extern "C" void goldaxe_gru(const float* a, const float* b, const float* h, s64 rows, s64 hidden, float* h_new);
extern "C" void goldaxe_rnn_tanh(const float* a, const float* b, s64 rows, s64 hidden, float* h_new);

enum Cell { LSTM = 0, GRU = 1, RNN_TANH = 2 };

struct Recurrent {
  s64 cell, gates, hidden, steps, backward, threads;
  const s64* sizes;         // [steps]: rows of each step, never growing; rows beyond keep their state
  const float* from_input;  // [sum of sizes][gates * hidden]
  float* h;                 // [rows of the first step][hidden], the initial state, then the last
  float* c;                 // the same for the cell state of an LSTM, or null
  float* output;            // [sum of sizes][hidden]
  float* from_hidden;       // [rows][gates * hidden], room for the hidden product
  float* c_new;             // [rows][hidden], room
  u8* codes;                // [rows][hidden], room for the state's codes
  int (*multiply)(void*);   // goldaxe_low_rank or goldaxe_table
  void* problem;            // its problem, from `codes` to `from_hidden`; its geometry comes first
  Quantizer quantizer;      // of h
};

namespace {

// Rows first ... last-1 of one step.
void cell(const Recurrent& r, const float* from_input, float* output, s64 first, s64 last) {
  const s64 gates = r.gates * r.hidden, rows = last - first, at = first * r.hidden;
  const float *a = from_input + first * gates, *b = r.from_hidden + first * gates;
  if (r.cell == LSTM) goldaxe_lstm(a, b, r.c + at, rows, r.hidden, output + at, r.c_new + at);
  else if (r.cell == GRU) goldaxe_gru(a, b, r.h + at, rows, r.hidden, output + at);
  else goldaxe_rnn_tanh(a, b, rows, r.hidden, output + at);
  std::memcpy(r.h + at, output + at, 4 * rows * r.hidden);
  if (r.cell == LSTM) std::memcpy(r.c + at, r.c_new + at, 4 * rows * r.hidden);
}

}  // namespace

// Returns 0 or a Failure.
extern "C" __attribute__((visibility("default"))) int goldaxe_recurrent(Recurrent* recurrent) {
  Recurrent& r = *recurrent;
  Geometry& g = *static_cast<Geometry*>(r.problem);
  s64 row = 0;
  if (r.backward)
    for (s64 t = 0; t < r.steps; t++) row += r.sizes[t];
  for (s64 step = 0; step < r.steps; step++) {
    const s64 rows = r.sizes[r.backward ? r.steps - 1 - step : step];
    if (r.backward) row -= rows;
    if (!quantize_run(r.quantizer, r.h, rows * r.hidden, r.codes)) return NOT_FINITE;
    g.height = g.out_h = rows;
    if (const int failed = r.multiply(r.problem)) return failed;
    const float* from_input = r.from_input + row * r.gates * r.hidden;
    float* output = r.output + row * r.hidden;
    const s64 threads = std::max<s64>(1, std::min(r.threads, rows * r.hidden / 2048)), share = ceil_div(rows, threads);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (s64 part = 0; part < threads; part++)
      cell(r, from_input, output, std::min(rows, part * share), std::min(rows, (part + 1) * share));
    if (!r.backward) row += rows;
  }
  return 0;
}
