"""Batch norm behind approximate products: statistics estimated anew, and shared by several processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as distributed
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _BatchNorm

from .._batches import run
from .._errors import PysimError


def reestimate_batch_norm_(model: nn.Module, batches: Any) -> None:
    """Replace every batch norm's running mean and variance by their averages over batches, in place; nothing else changes.

    The multiplier's errors shift and scale what comes out of a layer; this puts the network's statistics right without a
    gradient. Batches are model inputs as for `calibrate_`. Raises PysimError if the model has no batch norm with running
    statistics, for no batches, or for batches that it cannot take; whatever is raised, statistics stay as they were.
    """
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm) and module.track_running_stats]
    if not norms:
        raise PysimError("the model has no batch norm with running statistics, so there is nothing to estimate")
    modes = {module: module.training for module in model.modules()}
    kept = [(norm.momentum, {name: buffer.clone() for name, buffer in norm.named_buffers()}) for norm in norms]
    try:
        model.eval()
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a cumulative average
            norm.train()
        with torch.no_grad():
            if not run(model, batches):
                raise PysimError("no batches were given; at least one is needed")
    except BaseException:
        for norm, (_, buffers) in zip(norms, kept, strict=True):
            for name, buffer in norm.named_buffers():
                buffer.copy_(buffers[name])
        raise
    finally:
        for module, mode in modes.items():
            module.training = mode
        for norm, (momentum, _) in zip(norms, kept, strict=True):
            norm.momentum = momentum


def synchronize_batch_norm_(model: nn.Module) -> None:
    """Let every batch norm take its statistics over the batches of all processes, in place, on any device.

    torch's SyncBatchNorm runs on GPUs only. Outside of a process group the layers compute what they did.
    """
    for module in model.modules():
        if type(module) in _SYNCHRONIZED:
            module.__class__ = _SYNCHRONIZED[type(module)]


@contextmanager
def synchronized(model: nn.Module) -> Iterator[None]:
    """Batch norms as `synchronize_batch_norm_` has them, and then again as they were."""
    kinds = {module: type(module) for module in model.modules() if type(module) in _SYNCHRONIZED}
    synchronize_batch_norm_(model)
    try:
        yield
    finally:
        for module, kind in kinds.items():
            module.__class__ = kind


class _Synchronized(_BatchNorm):
    """Mixin over a batch norm: in training, mean and variance of all processes' batches together."""

    def forward(self, input: Tensor) -> Tensor:
        """As torch's; the gradient goes through the shared statistics."""
        together = distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1
        if not (self.training and together):
            return super().forward(input)
        self._check_input_dim(input)
        axes = [0, *range(2, input.dim())]
        shape = [1, -1, *[1] * (input.dim() - 2)]
        x = input.float()  # in bfloat16 a sum over many positions stops growing
        sums = _sum_over_processes(torch.cat([x.sum(axes), x.new_tensor([x.numel() / x.shape[1]])]))
        total = sums[-1].detach()
        if total <= 1:
            raise PysimError("batch norm needs more than one value of each channel in training, over all processes")
        mean = sums[:-1] / total
        centred = x - mean.view(shape)
        variance = _sum_over_processes(centred.square().sum(axes)) / total
        if self.track_running_stats and self.running_mean is not None and self.running_var is not None:
            with torch.no_grad():
                assert self.num_batches_tracked is not None
                self.num_batches_tracked.add_(1)
                share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
                self.running_mean.lerp_(mean.to(self.running_mean), share)
                self.running_var.lerp_((variance * (total / (total - 1))).to(self.running_var), share)
        y = centred * torch.rsqrt(variance + self.eps).view(shape)
        y = y * self.weight.view(shape) + self.bias.view(shape) if self.affine else y
        return y.to(input.dtype)


class _Sum(torch.autograd.Function):
    """The sum over processes; so is its gradient."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.detach().clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        total = grad.contiguous().clone()
        distributed.all_reduce(total)
        return total


def _sum_over_processes(values: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(values)
    return total


class _SynchronizedBatchNorm1d(_Synchronized, nn.BatchNorm1d):
    pass


class _SynchronizedBatchNorm2d(_Synchronized, nn.BatchNorm2d):
    pass


class _SynchronizedBatchNorm3d(_Synchronized, nn.BatchNorm3d):
    pass


_SYNCHRONIZED: dict[type[nn.Module], type[nn.Module]] = {
    nn.BatchNorm1d: _SynchronizedBatchNorm1d,
    nn.BatchNorm2d: _SynchronizedBatchNorm2d,
    nn.BatchNorm3d: _SynchronizedBatchNorm3d,
}
