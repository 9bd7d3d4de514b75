"""CPU kernels in C++ behind a C interface, compiled when first used: see build.py."""
