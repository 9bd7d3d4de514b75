"""A product in training: ranges first, then one differentiable call, then noise. Evaluation goes the same way.

The form hangs on a product (`ApproximateProduct.form`) from `prepare_` to `finish_`. Its forward pass in simulation is the
core's, by way of the same codes and the same prepared product, so that what is trained is what is evaluated, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from .._approximate import ApproximateProduct
from .._contents import Contents
from .._quantizer import Settings, quantize_activation, settings
from ..kernels import Window
from ..kernels.cpu.look_up import quantized_values
from ._call import Call, Weights, products_gradients
from ._config import Training
from ._error_model import ErrorModel, Modelled, lines, modelled, normal
from ._ranges import RANGES, Frozen, scale_gradient
from ._statistics import Statistics
from .gradients import GRADIENTS


class Form(nn.Module):
    """What one product needs in training. `record`, if set, takes in its operands instead."""

    def __init__(self, product: ApproximateProduct, training: Training) -> None:
        super().__init__()
        self.config = training
        self.ranges: Frozen = RANGES[training.ranges](product.quantizer)
        self.gradient = GRADIENTS[training.gradient](product.operands)
        self.model = ErrorModel(product.operands, None)
        self.record: Statistics | None = None
        self._kept: _Kept | None = None

    @property
    def simulates(self) -> bool:
        """Whether a call now is the core's: always in eval mode, and where the modelled multiplier has no error."""
        forward = self.config.forward
        return not self.training or forward == "simulation" or (forward == "error-model" and self.model.exact)

    @property
    def plain(self) -> bool:
        """Whether a call without gradients is an ordinary one."""
        return self.record is None and not self.training

    def fit(self, statistics: Statistics) -> None:
        """Take in what was recorded: the gradient's fit, and the error model's lines."""
        if self.gradient.statistics:
            self.gradient.fit(statistics)
        if self.config.forward == "error-model":
            self.refit(ErrorModel(statistics.operands, lines(statistics.operands, statistics.shares())))

    def choose(self, config: Training) -> None:
        """Take other options."""
        self.config, self._kept = config, None

    def refit(self, model: ErrorModel) -> None:
        """Take another error model."""
        self.model, self._kept = model, None

    def forward(self, product: ApproximateProduct, x: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
        """y (B, N, out_h, out_w) of x (B, C, H, W), as `ApproximateProduct.images`."""
        self.ranges.before(x, product.quantizer)
        y: Tensor = _Product.apply(x, weight, bias, self.ranges.scale, product, self, window)
        if self.training and self.config.noise:
            with torch.no_grad():
                noise = normal(y).mul(self.config.noise * y.float().square().mean().sqrt()).to(y.dtype)
            y = y + noise
        return y

    def call(
        self,
        product: ApproximateProduct,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        window: Window,
        needs: tuple[bool, bool] = (False, False),
    ) -> tuple[Call, Modelled | None]:
        """A call with its result y, in x's dtype; and what modelled it, if it was not simulated."""
        quantizer, codes, name = product.quantizer, product.operands.activation, product.name
        numbers = settings(quantizer.scale, quantizer.zero_point, codes, name)
        if self._kept is None or not self._kept.of(weight, numbers):
            contents, weights = Contents([weight]), Weights.of(weight.detach(), product.operands, window, name)
            self._kept = _Kept(weight, contents, numbers, weights, self._modelled(weights, numbers))
        call, model = Call(x.detach(), self._kept.weights, numbers, window, needs, bias=bias), self._kept.modelled
        if self.simulates:
            prepared = product.prepared(weight, bias, window)
            call.index = quantize_activation(x, quantizer.scale, quantizer.zero_point, codes, name, False, numbers)
            if self.record is not None:
                self.record.update(call, prepared)
            if product.correction is None:
                y = prepared.product(call.index, prepared.constant, prepared.scale, prepared.pad_code)
            else:
                y = product.accumulators(x, weight, bias, window).float() * prepared.scale.view(-1, 1, 1)
            call.y = y.to(x.dtype)
            return call, None
        call.values = quantized_values(call.x, numbers)
        if call.values is None:
            call.index = quantize_activation(x, quantizer.scale, quantizer.zero_point, codes, name, False, numbers)
            call.values = call.activations()
        with torch.autocast(x.device.type, enabled=False):
            call.y = modelled(call, model, self.config.forward == "error-model").to(x.dtype)
        return call, model

    def _modelled(self, weights: Weights, numbers: Settings) -> Modelled:
        """By the error model only where that is the forward pass: it may be fitted and another one chosen."""
        return self.model.of(weights, numbers) if self.config.forward == "error-model" else Modelled(weights.values)

    def __getstate__(self) -> dict[str, Any]:
        """A copy keeps nothing that it finds by an object's identity."""
        return {**self.__dict__, "_kept": None}


@dataclass(frozen=True, eq=False)
class _Kept:
    """What was made of a weight, until it changes: there are many calls a step in recurrent layers."""

    weight: Tensor
    contents: Contents
    settings: Settings
    weights: Weights
    modelled: Modelled

    def of(self, weight: Tensor, settings: Settings) -> bool:
        return self.weight is weight and self.settings == settings and self.contents.of([weight])


class _Product(torch.autograd.Function):
    """The call, with the form's gradient."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        scale: Tensor | None,
        product: ApproximateProduct,
        form: Form,
        window: Window,
    ) -> Tensor:
        """As `Form.forward`, without noise."""
        needs = ctx.needs_input_grad[0] or ctx.needs_input_grad[3], ctx.needs_input_grad[1]
        call, ctx.modelled = form.call(product, x, weight, bias, window, needs)
        assert call.y is not None
        kept = (call.y, bias) if form.gradient.result and ctx.modelled is None else (None, None)
        ctx.save_for_backward(x, call.index if call.values is None else None, call.values, *kept)
        ctx.gradient, ctx.weights, ctx.settings, ctx.window = form.gradient, call.weights, call.settings, window
        ctx.needs, ctx.ranges, ctx.like = needs, form.ranges, (weight.shape, weight.dtype)
        return call.y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x, weight, bias and scale."""
        x, *kept = ctx.saved_tensors
        call = Call(x, ctx.weights, ctx.settings, ctx.window, ctx.needs, *kept)
        grad = grad.float()
        ctx.ranges.stepped()
        if ctx.modelled is None:
            grad_x, grad_weight = ctx.gradient(call, grad)
        else:
            grad_x, grad_weight = products_gradients(grad, call.activations(), ctx.modelled.weights, call.window, call.needs)
        wants_x, _, wants_bias, wants_scale = ctx.needs_input_grad[:4]
        grad_scale = scale_gradient(call, grad_x) if wants_scale and grad_x is not None else None
        return (
            call.inside(grad_x, into=grad_x).to(x.dtype) if wants_x and grad_x is not None else None,
            None if grad_weight is None else grad_weight.reshape(ctx.like[0]).to(ctx.like[1]),
            grad.sum((0, 2, 3)).to(ctx.like[1]) if wants_bias else None,
            grad_scale,
            *(None, None, None),
        )
