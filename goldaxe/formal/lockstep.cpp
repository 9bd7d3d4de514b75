// Runs mutants of a clocked module over one recording: in which cycle, if any, the first of its outputs is not as recorded.
//
// A cycle's inputs, expected outputs, and the mask of those that count, are the bytes of the ports in_i and out_o, as Verilator
// keeps them; mutant_i selects the mutant.
#include <cstdint>
#include <cstring>

#include "Vtop.h"

namespace {

struct Seeded : VerilatedContext {
  explicit Seeded(int32_t seed) {
    randReset(2);
    randSeed(seed);
  }
};

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT void port_bytes(int64_t* bytes) {
  bytes[0] = sizeof(Vtop::in_i);
  bytes[1] = sizeof(Vtop::out_o);
}

// The first cycle that differs, or -1.
EXPORT int64_t first_difference(int32_t seed, int32_t mutant, int64_t cycles, const uint8_t* inputs, const uint8_t* expected,
                                const uint8_t* masks) {
  Seeded context(seed);
  Vtop top(&context, "top");
  const int64_t in_bytes = sizeof(top.in_i), out_bytes = sizeof(top.out_o);
  top.mutant_i = mutant;
  int64_t found = -1;
  for (int64_t cycle = 0; cycle < cycles && found < 0; ++cycle) {
    top.clk_i = 0;
    std::memcpy(&top.in_i, inputs + cycle * in_bytes, in_bytes);
    top.eval();
    const uint8_t* got = reinterpret_cast<const uint8_t*>(&top.out_o);
    for (int64_t byte = 0; byte < out_bytes; ++byte) {
      const int64_t at = cycle * out_bytes + byte;
      if ((got[byte] ^ expected[at]) & masks[at]) found = cycle;
    }
    top.clk_i = 1;
    top.eval();
  }
  top.final();
  return found;
}
