// The best instruction set that this machine has and the kernels know.
#include "common.h"

int best_isa() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi"))
    return AVX512;
  return __builtin_cpu_supports("avx2") ? AVX2 : PORTABLE;
}

extern "C" __attribute__((visibility("default"))) int goldaxe_isa() { return best_isa(); }
