"""Retraining methods by name, and their combinations: `difference+distillation` trains with both."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import Any

from pysim import PysimError
from pysim.train import Training

_PARTS: dict[str, dict[str, Any]] = {
    "straight-through": {"training": {"gradient": "straight-through"}},
    "difference": {"training": {"gradient": "difference"}},
    "estimate": {"training": {"gradient": "estimate"}},
    "approximate-backward": {"training": {"gradient": "approximate"}},
    "running-ranges": {"training": {"ranges": "running"}},
    "learned-ranges": {"training": {"ranges": "learned"}},
    "error-model": {"training": {"forward": "error-model"}},
    "noise": {"training": {"forward": "quantized", "noise": 0.05}},
    "distillation": {"distillation": True},
    "features": {"features": True},
    "progressive": {"progressive": True},
    "scales-only": {"scales_only": True},
    "batch-norm": {"batch_norm": True},
    "control-variate": {"control_variate": True},
}

METHODS = {
    "straight-through": "gradient of the exact products",
    "difference": "gradient of the multiplier's own table, smoothed",
    "estimate": "gradient by a clipped line through the sums' errors",
    "approximate-backward": "approximate products in the backward pass too",
    "running-ranges": "activation ranges follow the data",
    "learned-ranges": "activation ranges are learned",
    "error-model": "a float model of the error; exact simulation for the last third of the epochs",
    "noise": "exact products with normal noise; exact simulation for the last third of the epochs",
    "distillation": "the float network's logits teach",
    "features": "the float network's inner outputs teach too",
    "progressive": "coarser multipliers of the family step by step",
    "scales-only": "biases, batch norm and learned ranges only",
    "batch-norm": "batch norm's statistics re-estimated; alone, without training",
    "control-variate": "sums corrected by a line in the activations' sum; alone, without training",
}
"""Each part of a method, and what it is."""


@dataclass(frozen=True)
class Method:
    """What a method's name stands for."""

    name: str
    training: Training
    distillation: bool = False
    features: bool = False
    progressive: bool = False
    scales_only: bool = False
    batch_norm: bool = False
    control_variate: bool = False

    @property
    def trains(self) -> bool:
        """Whether there is any training: the two corrections by themselves need none."""
        return not set(self.name.split("+")) <= {"batch-norm", "control-variate"}


def method(name: str) -> Method:
    """The method of that name, parts joined by "+"; raises PysimError for unknown parts and for two that contradict."""
    made, options, owner = Method(name, Training()), dict[str, Any](), dict[str, str]()
    for part in name.split("+"):
        if part not in _PARTS:
            close = difflib.get_close_matches(part, _PARTS, n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(close)}?" if close else f"known are {', '.join(_PARTS)}"
            raise PysimError(f"unknown method {part!r}; {hint}")
        for key, value in _PARTS[part].get("training", {}).items():
            if options.get(key, value) != value:
                raise PysimError(f"method {name!r}: {owner[key]} and {part} contradict each other; name one of them")
            options[key], owner[key] = value, part
        made = replace(made, **{key: value for key, value in _PARTS[part].items() if key != "training"})
    return replace(made, training=Training(**options))
