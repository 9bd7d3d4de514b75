// Evaluates a compiled multiplier for all operand pairs.
#include <cstdint>

#include "Vtop.h"

// The bits of all products: `products`, of 2^(a_bits + b_bits) words, has that of a and b at b * 2^a_bits + a.
extern "C" __attribute__((visibility("default"))) void all_products(int32_t a_bits, int32_t b_bits, int64_t* products) {
  VerilatedContext context;
  Vtop top{&context, "top"};
  for (int64_t b = 0; b < 1ll << b_bits; ++b) {
    for (int64_t a = 0; a < 1ll << a_bits; ++a) {
      top.a_i = a;
      top.b_i = b;
      top.eval();
      *products++ = top.p_o;
    }
  }
  top.final();
}
