"""Knowledge distillation: a network on an approximate multiplier learns from the float network (Hinton et al. 2015)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .._errors import PysimError


class Distillation:
    """A loss from logits and labels, of a student and the float teacher that it was converted from.

        (1 - weight) * cross_entropy(logits, labels)
        + weight * T^2 * KL(softmax(teacher / T), softmax(logits / T))
        + feature_weight * mean over `features` of |student's - teacher's|^2 / |teacher's|^2

    `features` are names of modules whose outputs are compared; a module that runs several times counts by its last output.
    Call it once for each call of the student: `loss = distillation(student(x), labels, x)`. Raises PysimError for a module that
    does not exist, and for weights and temperatures out of range.
    """

    def __init__(
        self,
        student: nn.Module,
        teacher: nn.Module,
        *,
        temperature: float = 4.0,
        weight: float = 0.9,
        features: Sequence[str] = (),
        feature_weight: float = 1.0,
    ) -> None:
        if not (temperature > 0 and math.isfinite(temperature)):
            raise PysimError(f"temperature = {temperature!r} is not allowed; use more than 0, as 4")
        if not 0 <= weight <= 1:
            raise PysimError(f"weight = {weight!r} is not allowed; use 0 to 1")
        if not (feature_weight >= 0 and math.isfinite(feature_weight)):
            raise PysimError(f"feature_weight = {feature_weight!r} is not allowed; use 0 or more")
        self.teacher = teacher.eval()
        self.temperature, self.weight, self.feature_weight = temperature, weight, feature_weight
        self._outputs: dict[tuple[str, str], Tensor] = {}
        self._hooks = [
            self._module(model, name).register_forward_hook(self._keep(which, name))
            for name in features
            for which, model in (("student", student), ("teacher", teacher))
        ]
        self.features = tuple(features)

    def __call__(self, logits: Tensor, labels: Tensor, *inputs: Any) -> Tensor:
        """The loss of student logits (B, classes), for labels (B,) and the inputs that they came from."""
        with torch.no_grad():
            taught = self.teacher(*inputs)
        loss = logits.new_zeros(())
        if self.weight < 1:
            loss = loss + (1 - self.weight) * F.cross_entropy(logits, labels)
        if self.weight > 0:
            student, teacher = (F.log_softmax(part / self.temperature, -1) for part in (logits, taught))
            divergence = F.kl_div(student, teacher, reduction="batchmean", log_target=True)
            loss = loss + self.weight * self.temperature**2 * divergence
        if self.features and self.feature_weight:
            apart = [self._distance(name) for name in self.features]
            loss = loss + self.feature_weight * torch.stack(apart).mean()
        return loss

    def close(self) -> None:
        """Take the hooks off both networks."""
        for hook in self._hooks:
            hook.remove()
        self._outputs.clear()

    def _distance(self, name: str) -> Tensor:
        student, teacher = (self._outputs.pop((which, name)) for which in ("student", "teacher"))
        return (student - teacher).square().mean() / teacher.square().mean().clamp_min(torch.finfo(teacher.dtype).tiny)

    def _keep(self, which: str, name: str) -> Any:
        def keep(module: nn.Module, inputs: Any, output: Any) -> None:
            self._outputs[which, name] = output[0] if isinstance(output, tuple) else output

        return keep

    @staticmethod
    def _module(model: nn.Module, name: str) -> nn.Module:
        found = dict(model.named_modules()).get(name)
        if found is None:
            known = ", ".join(key for key, _ in model.named_children())
            raise PysimError(f"features: the network has no module named {name!r}; it has {known}")
        return found
