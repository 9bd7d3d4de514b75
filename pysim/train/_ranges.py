"""How activation ranges are chosen in training: frozen as calibrated, running with the data, or learned by gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
import torch.distributed as distributed
from torch import Tensor, nn

from .._quantization import CodeRange
from .._quantizer import ActivationQuantizer, learned_scale
from ._call import Call

Name = Literal["frozen", "running", "learned"]

MOMENTUM = 0.01
"""How far running ranges go towards each batch's."""


class Frozen(nn.Module):
    """The calibrated range; also what the others have in common."""

    @property
    def scale(self) -> Tensor | None:
        """A parameter that gets a gradient, if there is one."""
        return None

    def before(self, x: Tensor, quantizer: ActivationQuantizer) -> None:
        """Set the quantiser, before a call with x; `self.training` says whether x may change the range."""

    def settle(self, quantizer: ActivationQuantizer) -> None:
        """Hand the quantiser what an optimizer has changed, before any call, of evaluation too."""

    def stepped(self) -> None:
        """There was a backward pass: what the forward pass saw may take effect from now on."""

    @staticmethod
    def begun(codes: CodeRange, scale: float, zero_point: int) -> dict[str, Tensor]:
        """What there is beside the quantiser, by name, when training begins with that range."""
        return {}

    @torch.no_grad()
    def restart(self, quantizer: ActivationQuantizer) -> None:
        """Go on from the quantiser's range, as of a new calibration."""
        begun = self.begun(quantizer.codes, float(quantizer.scale), int(quantizer.zero_point))
        for name, tensor in begun.items():
            getattr(self, name).copy_(tensor)

    def kept(self) -> Callable[[], None]:
        """What brings back, in place, all that there is beside the quantiser as it is now."""
        tensors = {name: tensor.clone() for name, tensor in self.state_dict().items()}

        @torch.no_grad()
        def restore() -> None:
            for name, tensor in tensors.items():
                getattr(self, name).copy_(tensor)

        return restore


class Running(Frozen):
    """Both ends of the range follow each training batch's smallest and largest value, by a share of `MOMENTUM`.

    They move between a backward pass and the next forward pass and never within one, so that a forward pass in training is that
    of evaluation with the same ranges. Several processes take the ends over all of their batches.
    """

    ends: Tensor

    def __init__(self, quantizer: ActivationQuantizer) -> None:
        super().__init__()
        begun = self.begun(quantizer.codes, float(quantizer.scale), int(quantizer.zero_point))
        self.register_buffer("ends", begun["ends"].to(quantizer.scale.device))
        self._seen: Tensor | None = None
        self._moves = False

    @staticmethod
    def begun(codes: CodeRange, scale: float, zero_point: int) -> dict[str, Tensor]:
        """As above."""
        return {
            "ends": torch.tensor(
                [(end - zero_point) * scale for end in (codes.low, codes.high)], dtype=torch.float32, device="cpu"
            )
        }

    def restart(self, quantizer: ActivationQuantizer) -> None:
        """As above; what was seen before no longer counts."""
        super().restart(quantizer)
        self._seen, self._moves = None, False

    def kept(self) -> Callable[[], None]:
        """As above; what was seen before counts again."""
        seen, moves, others = self._seen, self._moves, super().kept()

        def restore() -> None:
            others()
            self._seen, self._moves = seen, moves

        return restore

    @property
    def pending(self) -> Tensor | None:
        """Ends that processes saw and did not move the range yet, and whether they will (0 or 1): float32 (3,)."""
        if self._seen is None:
            return None
        return torch.cat([_over_processes(self._seen), self._seen.new_tensor([float(self._moves)])])

    @pending.setter
    def pending(self, ends: Tensor | None) -> None:
        self._seen = None if ends is None else ends[:2].to(self.ends.device)
        self._moves = ends is not None and bool(ends[2])

    @torch.no_grad()
    def before(self, x: Tensor, quantizer: ActivationQuantizer) -> None:
        """As above; a batch with numbers that are not finite changes nothing."""
        if not self.training or not x.numel():
            return
        if self._moves and self._seen is not None:
            self._move(self._seen, quantizer)
            self._seen = None
        self._moves = False
        ends = torch.stack(torch.aminmax(x)).float()
        if self._seen is not None:
            ends = torch.stack([torch.minimum(ends[0], self._seen[0]), torch.maximum(ends[1], self._seen[1])])
        self._seen = ends

    def stepped(self) -> None:
        """As above."""
        self._moves = True

    def _move(self, ends: Tensor, quantizer: ActivationQuantizer) -> None:
        ends = _over_processes(ends)
        if bool(torch.isfinite(ends).all()):
            self.ends.lerp_(ends, MOMENTUM)
            low, high = self.ends.tolist()
            quantizer.calibrate(min(low, 0.0), max(high, 0.0))


def _over_processes(ends: Tensor) -> Tensor:
    """The least and the greatest of all processes' ends (2,)."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return ends
    ends = ends * ends.new_tensor([-1, 1])
    distributed.all_reduce(ends, distributed.ReduceOp.MAX)
    return ends * ends.new_tensor([-1, 1])


class Learned(Frozen):
    """The scale is learned as in LSQ (Esser et al. 2020), by its logarithm (Jain et al. 2020); the zero point stays.

    An activation x with code c and zero point Z changes with the scale s by c - Z - x / s inside the range, and by c - Z where
    it is clipped. Gradients are divided by sqrt(activations * highest code), as in LSQ. The parameter is log(s / s0), where s0
    is the calibrated scale, so that an optimizer's step is a share of s.
    """

    first: Tensor

    def __init__(self, quantizer: ActivationQuantizer) -> None:
        super().__init__()
        self.register_buffer("first", quantizer.scale.clone())
        self.log_scale = nn.Parameter(torch.zeros_like(quantizer.scale))

    @staticmethod
    def begun(codes: CodeRange, scale: float, zero_point: int) -> dict[str, Tensor]:
        """As above."""
        return {
            name: torch.tensor(value, dtype=torch.float32, device="cpu")
            for name, value in (("first", scale), ("log_scale", 0.0))
        }

    @property
    def scale(self) -> Tensor | None:
        """The scale, with a gradient."""
        return self.first * self.log_scale.exp()

    def before(self, x: Tensor, quantizer: ActivationQuantizer) -> None:
        """As above."""
        self.settle(quantizer)

    @torch.no_grad()
    def settle(self, quantizer: ActivationQuantizer) -> None:
        """As above; a scale below the smallest allowed counts as that."""
        wanted = learned_scale(self.first, self.log_scale)
        if torch.compiler.is_compiling() or not torch.equal(wanted, quantizer.scale):
            quantizer.scale.copy_(wanted)


def scale_gradient(call: Call, grad_x: Tensor) -> Tensor:
    """The gradient of a learned scale, from that of the quantised activations (before the mask)."""
    scale, zero_point, low, high = call.settings
    x = call.x.float()
    share = call.activations() / scale - call.inside(x) / scale
    largest = max(high - zero_point, zero_point - low)
    return (grad_x * share).sum() / math.sqrt(x.numel() * largest)


RANGES = {"frozen": lambda quantizer: Frozen(), "running": Running, "learned": Learned}
"""A name, and what makes it for a calibrated quantiser."""
