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

from ._batch_norm import reestimate_batch_norm_, synchronize_batch_norm_
from ._budget import Budget, Data, Progress
from ._checkpoint import CheckpointError
from ._config import Training
from ._control_variate import control_variate_, remove_control_variate_
from ._distillation import Distillation
from ._loop import Loop
from ._prepare import finish_, prepare_, set_forward_, switch_
from ._processes import ProcessError, Processes, leave_group
from ._progression import progression
from ._select import only_scales_and_biases_

__all__ = [
    "Budget",
    "CheckpointError",
    "Data",
    "Distillation",
    "Loop",
    "ProcessError",
    "Processes",
    "Progress",
    "Training",
    "control_variate_",
    "finish_",
    "leave_group",
    "only_scales_and_biases_",
    "prepare_",
    "progression",
    "reestimate_batch_norm_",
    "remove_control_variate_",
    "set_forward_",
    "switch_",
    "synchronize_batch_norm_",
]
