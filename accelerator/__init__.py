"""The systolic array as a machine: configuration, lowering, cycles, energy. Nothing is here yet."""
