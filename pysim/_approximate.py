"""A layer's product as a torch module: its calibration, which a state_dict carries, and its call of the operator."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from ._cores import core_of
from ._correction import Correction, side_sums
from ._errors import PysimError
from ._observers import MinMax
from ._operator import call, direct
from ._product import Prepared
from ._quantization import Operands
from ._quantizer import ActivationQuantizer, check_finite
from ._state import belonging, encoded
from .kernels import Window


class ApproximateProduct(nn.Module):
    """One weight's products on an approximate multiplier: quantiser, integer core, and scale back to float.

    While `observer` is set, a layer computes in float and records its input's range here instead.
    """

    def __init__(self, operands: Operands, name: str) -> None:
        super().__init__()
        self.operands, self.name = operands, name
        self.quantizer = ActivationQuantizer(operands.activation)
        self.observer: MinMax | None = None
        self.form: Any = None  # what takes over its calls in training, see pysim.train
        self.correction: Correction | None = None
        self.core = core_of(operands, name)
        self.description = self.core.description
        # torch's fused transformer layers read linear layers' weights without calling these, unless there is a hook inside.
        self.register_forward_pre_hook(_seen)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "core"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A copy shares the core, which tells weights apart; raises PysimError in a process whose multiplier is another."""
        super().__setstate__(state)
        self.core = core_of(self.operands, self.name)
        if self.core.description != self.description:
            label = self.operands.multiplier.label
            raise PysimError(f"{self.name}: this model was made with another {label!r} than there is here; convert it anew")

    def get_extra_state(self) -> Tensor:
        """What the state belongs to, see `_state`: uint8 (bytes,)."""
        return encoded(belonging(self))

    def set_extra_state(self, state: Tensor) -> None:
        """Nothing to do: the layer has compared it before anything was loaded."""

    def rows(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """y (..., N) of x (..., K), weight (N, K) and bias (N,), in x's dtype."""
        if not x.numel():
            return x.new_zeros(*x.shape[:-1], len(weight))
        y = self.images(x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2), weight, bias, Window())
        return y.permute(0, 2, 3, 1).reshape(*x.shape[:-1], len(weight))

    def images(self, x: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
        """y (B, N, out_h, out_w) of x (B, C, H, W), weight (N, ...) and bias (N,), in x's dtype.

        A weight of any shape is read as (N, C / groups, kernel_h, kernel_w). Raises PysimError in forward-mode differentiation.
        """
        if forward_ad._current_level >= 0:  # torch would take the tangents for zero
            raise PysimError(
                f"{self.name}: forward-mode derivatives (jvp, jacfwd, dual tensors) are not supported; use backward"
            )
        if self.form is not None and not (self.form.plain and not torch.is_grad_enabled()):
            y: Tensor = self.form(self, x, weight, bias, window)
            return y
        self._settle()
        if self.correction is not None:
            prepared = self.prepared(weight, bias, window)
            acc = self.accumulators(x, weight, bias, window)
            return (acc.float() * prepared.scale.view(-1, 1, 1)).to(x.dtype)
        scale, zero_point = self.quantizer.scale, self.quantizer.zero_point
        if direct(x, weight):
            return self.core.infer(x, weight, bias, scale, zero_point, window)
        return call(self.description, x, weight, bias, scale, zero_point, window)

    @property
    def inferring(self) -> bool:
        """Whether calls are ordinary ones in float32 and in integers, which compiled layers may make themselves."""
        return self.observer is None and self.correction is None and (self.form is None or bool(self.form.plain))

    def retarget(self, operands: Operands) -> None:
        """Multiply by another multiplier on the same codes; the calibration stays."""
        self.operands = operands
        self.core = core_of(operands, self.name)
        self.description = self.core.description

    def prepared(self, weight: Tensor, bias: Tensor | None, window: Window) -> Prepared:
        """What depends on weight, bias and calibration alone."""
        self._settle()
        return self.core.prepared(weight, bias, self.quantizer.scale, self.quantizer.zero_point, window)

    def _settle(self) -> None:
        """A scale that is learned comes into force: an optimizer has moved it since the last call in training."""
        if self.form is not None:
            self.form.ranges.settle(self.quantizer)

    @torch.no_grad()
    def accumulators(self, x: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
        """`images` before it is scaled: int32 (B, N, out_h, out_w)."""
        prepared, index = self.prepared(weight, bias, window), self.quantizer(x, self.name)
        sums = prepared.product(index, prepared.constant, None, prepared.pad_code)
        if self.correction is None:
            return sums
        return sums - self.correction(side_sums(index, window, prepared.quantizer, window.weight(weight.shape)))

    def observe(self, x: Tensor) -> None:
        """Record the range of a calibration input; raises NonFiniteError."""
        assert self.observer is not None
        check_finite(x, f"{self.name}: its input")
        self.observer.update(x)


def _seen(*_: Any) -> None:
    """A hook that does nothing, and can be pickled."""
