"""Retraining on approximate multipliers: a converted model, made trainable by one call, and an ordinary PyTorch loop.

>>> import torch
>>> from pysim import approximate_
>>> from pysim.train import finish_, prepare_
>>> model, x = torch.nn.Sequential(torch.nn.Linear(4, 2)), torch.rand(8, 4)
>>> _ = approximate_(model, "drum8_k4", calibration=[x])
>>> prepare_(model, gradient="difference", ranges="learned")
>>> optimizer = torch.optim.Adam(model.parameters())
>>> model(x).square().mean().backward()
>>> optimizer.step()
>>> finish_(model)
"""

from ._config import Training
from ._prepare import finish_, prepare_, set_forward_, switch_

__all__ = ["Training", "finish_", "prepare_", "set_forward_", "switch_"]
