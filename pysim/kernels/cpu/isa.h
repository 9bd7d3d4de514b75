// Instruction sets, and functions that are compiled for each of them.
//
// The one in use is a variable of the process, which no kernel changes: so the slower paths can be run, and tested, on any machine.
#pragma once

enum Isa { PORTABLE = 0, AVX2 = 1, AVX512 = 2 };  // AVX512 stands for F, BW, VL, VNNI and VBMI together

// The best of this machine, unless goldaxe_use_isa named a lesser one.
extern __attribute__((visibility("hidden"))) int isa_in_use;

// Defines `NAME`, which calls the clone of its body for the instruction set in use; the body follows in braces. GCC's own
// target_clones asks the processor alone. Clones start on cache lines: where short loops happen to lie shows in their time.
#define FOR_EACH_ISA(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                              \
  inline __attribute__((always_inline)) RESULT NAME##_body PARAMETERS;                                                 \
  CLONE(target("avx512f")) RESULT NAME##_avx512 PARAMETERS { return NAME##_body ARGUMENTS; }                           \
  CLONE(target("avx2")) RESULT NAME##_avx2 PARAMETERS { return NAME##_body ARGUMENTS; }                                \
  CLONE(noinline) RESULT NAME##_portable PARAMETERS { return NAME##_body ARGUMENTS; }                                  \
  inline RESULT NAME PARAMETERS {                                                                                      \
    if (isa_in_use >= AVX512) return NAME##_avx512 ARGUMENTS;                                                          \
    return isa_in_use >= AVX2 ? NAME##_avx2 ARGUMENTS : NAME##_portable ARGUMENTS;                                     \
  }                                                                                                                    \
  inline __attribute__((always_inline)) RESULT NAME##_body PARAMETERS
#define CLONE(ATTRIBUTE) __attribute__((ATTRIBUTE, noinline, aligned(64)))
