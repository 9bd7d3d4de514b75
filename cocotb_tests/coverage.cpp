// Runs recorded inputs through a module that Verilator has instrumented, and writes what was covered.
#include <cstdint>
#include <cstring>

#include "Vtop.h"
#include "verilated_cov.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int64_t port_bytes() {
  return sizeof(Vtop::in_i);
}

// Each cycle's inputs are the bytes of the port in_i, as Verilator keeps it. The file's format is Verilator's.
EXPORT void run(int64_t cycles, const uint8_t* inputs, const char* path) {
  VerilatedContext context;
  Vtop top(&context, "top");
  for (int64_t cycle = 0; cycle < cycles; ++cycle) {
    top.clk_i = 0;
    std::memcpy(&top.in_i, inputs + cycle * sizeof(top.in_i), sizeof(top.in_i));
    top.eval();
    top.clk_i = 1;
    top.eval();
  }
  top.final();
  context.coveragep()->write(path);
}
