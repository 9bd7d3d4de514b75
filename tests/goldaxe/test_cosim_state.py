"""What `cosim --resume` reads back: what was written, or nothing, whatever happened to the file."""

import random

import torch

from accelerator.rtl import Measured
from goldaxe.cosim._state import Finished, State


def test_damaged_results_are_no_results(tmp_path):
    """Among 600 of such damages NumPy raised NotImplementedError three times."""
    state, rng = State(tmp_path, {"verilog": "1"}, True), random.Random(0)
    state.save("layer", Finished({"sums": torch.arange(12, dtype=torch.int32)}, Measured((5,), (7,)), 1.5))
    (path,) = tmp_path.glob("*.npz")
    whole, lost = path.read_bytes(), 0
    assert state.load("layer").measured == Measured((5,), (7,))
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)
        found = state.load("layer")
        lost += found is None
        assert found is None or torch.equal(found.values["sums"], torch.arange(12, dtype=torch.int32))
    assert lost > 300


def test_a_state_that_is_no_document(tmp_path):
    (tmp_path / "state.json").write_text("[" * 100_000)
    assert State(tmp_path, {"verilog": "1"}, True).changed == ""
