// What every harness of a compiled unit begins with: the unit, and how it is made, clocked and deleted.
//
// Ports travel as Verilator keeps them, little endian, in as many bytes as its type of the port has.
#include <cstdint>
#include <cstring>

#include "Vtop.h"

namespace {

template <class Port>
void put(Port& port, const uint8_t* bytes) {
  std::memcpy(&port, bytes, sizeof(Port));
}

struct Seeded : VerilatedContext {
  explicit Seeded(int32_t seed) {
    randReset(2);
    randSeed(seed);
  }
};

struct Unit {
  Seeded context;
  Vtop top{&context, "top"};

  explicit Unit(int32_t seed) : context(seed) {}

  void rising_edge() {
    top.clk_i = 1;
    top.eval();
  }

  // One cycle of reset; inputs that say that something is offered are the caller's to clear.
  void reset() {
    top.rst_ni = 0;
    top.clk_i = 0;
    top.eval();
    rising_edge();
    top.rst_ni = 1;
  }
};

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

// A unit whose registers hold what `seed` draws, until they are written.
EXPORT Unit* unit_new(int32_t seed) {
  return new Unit(seed);
}

EXPORT void unit_delete(Unit* unit) {
  unit->top.final();
  delete unit;
}
