"""The systolic array as a machine: `accelerator.array` has the array, its model and its cycles."""
