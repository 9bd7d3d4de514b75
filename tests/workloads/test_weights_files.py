"""A weights file that cannot be used is refused in one sentence that says how to rebuild it."""

from dataclasses import asdict, replace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from workloads import _record, load

GRU = load("mnist-gru")
REBUILD = r"`python -m workloads\.train mnist-gru --overwrite` rebuilds it"


@pytest.fixture
def copy(tmp_path):
    """The GRU workload with its weights in a folder of the test's own."""
    (tmp_path / GRU.weights.name).write_bytes(GRU.weights.read_bytes())
    return replace(GRU, folder=tmp_path)


def refused(workload, message):
    for use in (workload.model, workload.record):
        with pytest.raises(ValueError, match=message) as caught:
            use()
        assert str(workload.weights) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_missing_file(copy):
    copy.weights.unlink()
    refused(copy, f"does not exist: {REBUILD}")


@pytest.mark.parametrize("length", [0, 4, 8, 300, 70_000])
def test_a_truncated_file(copy, length):
    copy.weights.write_bytes(GRU.weights.read_bytes()[:length])
    refused(copy, f"is not a whole safetensors file.*{REBUILD}")


def test_a_folder_in_place_of_the_file(copy):
    copy.weights.unlink()
    copy.weights.mkdir()
    refused(copy, f"is not a whole safetensors file.*{REBUILD}")


def test_one_flipped_bit(copy):
    content = bytearray(copy.weights.read_bytes())
    content[-1000] ^= 1
    copy.weights.write_bytes(content)
    refused(copy, f"holds other weights than its record tells of: {REBUILD}")


def test_weights_of_another_workload(copy):
    copy.weights.write_bytes(load("mnist-lstm").weights.read_bytes())
    refused(copy, f"holds weights of mnist-lstm, not of mnist-gru: {REBUILD}")


@pytest.mark.parametrize("metadata", [None, {"training": ""}, {"training": "[]"}, {"training": '{"epochs": 3}'}])
def test_no_record(copy, metadata):
    save_file({"x": torch.zeros(3)}, copy.weights, metadata)
    refused(copy, f"has no record of its training: {REBUILD}")


@pytest.mark.parametrize("network", [nn.GRU(28, 64), nn.Linear(3, 4), GRU.network(32), GRU.network().double()])
def test_weights_of_another_shape_or_type(copy, network):
    _record.save(copy.weights, network, replace(GRU.record(), weights_sha256=_record.digest(network.state_dict())))
    with pytest.raises(ValueError, match=f"does not fit the mnist-gru model in .*weight.*: {REBUILD}"):
        copy.model()


def test_saving_is_whole_or_not_at_all(copy, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(_record, "serialized", fail)
    with pytest.raises(OSError, match="disk full"):
        _record.save(copy.weights, GRU.network(), GRU.record())
    assert [path.name for path in copy.folder.iterdir()] == [GRU.weights.name]
    assert asdict(copy.record()) == asdict(GRU.record())
