// Gate arithmetic of recurrent cells, the equations of torch.nn.LSTM, GRU and RNN: one pass over the gates instead of ten.
//
// exp and tanh are Cephes' single-precision polynomials, within 2 units in the last place, and the compiler may not contract
// products into sums: so results do not depend on the instruction set. torch's own functions may differ in the last bit.
#include <cmath>

#include "common.h"

namespace {

inline float exponential(float x) {
  x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  const float n = std::rint(x * 1.44269504088896341f);
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const s32 bits = (s32(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, 4);
  return (p * (r * r) + r + 1.0f) * power;
}

inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

inline float tangent(float x) {
  const float square = x * x;
  float p = -5.70498872745e-3f;
  p = p * square + 2.06390887954e-2f;
  p = p * square + -5.37397155531e-2f;
  p = p * square + 1.33314422036e-1f;
  p = p * square + -3.33332819422e-1f;
  const float small = p * square * x + x, size = std::fabs(x);
  const float large = std::copysign(1.0f - 2.0f / (exponential(2.0f * size) + 1.0f), x);
  return size < 0.625f ? small : large;
}

// New states never lie where inputs do; without being told so, the compiler gives up on vectors.
FOR_EACH_ISA(void, lstm_row,
             (const float* __restrict a, const float* __restrict b, const float* __restrict c, s64 hidden, float* __restrict h_new,
              float* __restrict c_new),
             (a, b, c, hidden, h_new, c_new)) {
  for (s64 i = 0; i < hidden; i++) {
    const float into = sigmoid(a[i] + b[i]), forget = sigmoid(a[hidden + i] + b[hidden + i]);
    const float cell = tangent(a[2 * hidden + i] + b[2 * hidden + i]), out = sigmoid(a[3 * hidden + i] + b[3 * hidden + i]);
    c_new[i] = forget * c[i] + into * cell;
    h_new[i] = out * tangent(c_new[i]);
  }
}

FOR_EACH_ISA(void, gru_row,
             (const float* __restrict a, const float* __restrict b, const float* __restrict h, s64 hidden, float* __restrict h_new),
             (a, b, h, hidden, h_new)) {
  for (s64 i = 0; i < hidden; i++) {
    const float reset = sigmoid(a[i] + b[i]), update = sigmoid(a[hidden + i] + b[hidden + i]);
    const float fresh = tangent(a[2 * hidden + i] + reset * b[2 * hidden + i]);
    h_new[i] = (1.0f - update) * fresh + update * h[i];
  }
}

FOR_EACH_ISA(void, tanh_row, (const float* __restrict a, const float* __restrict b, s64 hidden, float* __restrict h_new),
             (a, b, hidden, h_new)) {
  for (s64 i = 0; i < hidden; i++) h_new[i] = tangent(a[i] + b[i]);
}

}  // namespace

// Contiguous rows: gates from input and hidden state [rows][4 * hidden], cell state [rows][hidden], and the new states.
extern "C" __attribute__((visibility("default"))) void goldaxe_lstm(const float* a, const float* b, const float* c, s64 rows,
                                                                    s64 hidden, float* h_new, float* c_new) {
  for (s64 r = 0; r < rows; r++)
    lstm_row(a + 4 * hidden * r, b + 4 * hidden * r, c + hidden * r, hidden, h_new + hidden * r, c_new + hidden * r);
}

// Gates [rows][3 * hidden], in torch's order: reset, update, new.
extern "C" __attribute__((visibility("default"))) void goldaxe_gru(const float* a, const float* b, const float* h, s64 rows,
                                                                   s64 hidden, float* h_new) {
  for (s64 r = 0; r < rows; r++) gru_row(a + 3 * hidden * r, b + 3 * hidden * r, h + hidden * r, hidden, h_new + hidden * r);
}

extern "C" __attribute__((visibility("default"))) void goldaxe_rnn_tanh(const float* a, const float* b, s64 rows, s64 hidden,
                                                                        float* h_new) {
  for (s64 r = 0; r < rows; r++) tanh_row(a + hidden * r, b + hidden * r, hidden, h_new + hidden * r);
}
