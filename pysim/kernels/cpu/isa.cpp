// The best instruction set that this machine has and the kernels know, and the one in use.
#include "common.h"

namespace {

int best_isa() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi"))
    return AVX512;
  return __builtin_cpu_supports("avx2") ? AVX2 : PORTABLE;
}

}  // namespace

int isa_in_use = best_isa();

extern "C" __attribute__((visibility("default"))) int goldaxe_best_isa() { return best_isa(); }

extern "C" __attribute__((visibility("default"))) int goldaxe_isa() { return isa_in_use; }

// Not while a kernel runs. An instruction set that this machine lacks is not checked for.
extern "C" __attribute__((visibility("default"))) void goldaxe_use_isa(int isa) { isa_in_use = isa; }
