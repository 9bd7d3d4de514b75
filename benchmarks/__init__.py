"""Speed of the simulation, each number beside a baseline of the same run."""
