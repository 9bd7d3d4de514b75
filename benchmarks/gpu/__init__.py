"""Speed of the GPU kernels on the card of this machine: `python -m benchmarks.gpu`."""
