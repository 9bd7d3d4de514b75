"""A network's graph by torch.fx, and what flows through it on calibration inputs: shapes and ranges.

fx keeps layers as nodes with their names, recurrent ones in particular, where torch.export would unroll them into their
steps; and an error can name the module.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from pysim import Quantization
from pysim._observers import MinMax, observer
from pysim.layers import ApproximateLayer

from .._errors import LoweringError


@dataclass(frozen=True)
class Traced:
    """A graph, its modules by name, and for each node that gives a tensor its shape (without batch) and range.

    `numbers` are the nodes that give sizes instead of tensors; `batch` is the first calibration batch's size.
    """

    graph: fx.Graph
    modules: dict[str, nn.Module]
    shapes: dict[fx.Node, tuple[int, ...]]
    ranges: dict[fx.Node, MinMax]
    numbers: set[fx.Node]
    batch: int


def trace(model: nn.Module, calibration: Iterable[Any], quantization: Quantization) -> Traced:
    """Trace a converted model and run it on calibration inputs, in eval mode; raises LoweringError."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        graph = _graph(model)
        recorder = _Recorder(fx.GraphModule(model, graph), quantization)
        count = 0
        with torch.no_grad():
            for batch in calibration:
                recorder.run(_tensor(batch))
                count += 1
    finally:
        for module, mode in modes.items():
            module.training = mode
    if not count:
        raise LoweringError("no calibration batches were given; lowering needs at least one, for shapes and ranges")
    modules = dict(model.named_modules())
    return Traced(recorder.graph, modules, recorder.shapes, recorder.ranges, recorder.numbers, recorder.batch)


def _graph(model: nn.Module) -> fx.Graph:
    if isinstance(model, ApproximateLayer):
        raise LoweringError("a single layer cannot be lowered; put it into a torch.nn.Sequential")
    try:
        return _Tracer().trace(model)
    except (fx.proxy.TraceError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise LoweringError(
            f"{type(model).__name__} cannot be traced by torch.fx, which needs fixed control flow: {reason}"
        ) from error


class _Tracer(fx.Tracer):
    """Layers of pysim and of torch.nn are nodes, all other modules are looked into."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, ApproximateLayer) or super().is_leaf_module(m, module_qualified_name)


class _Recorder(fx.Interpreter):
    """Runs the graph and takes notes of each node's result."""

    def __init__(self, module: fx.GraphModule, quantization: Quantization) -> None:
        super().__init__(module)
        self.quantization = quantization
        self.shapes: dict[fx.Node, tuple[int, ...]] = {}
        self.ranges: dict[fx.Node, MinMax] = {}
        self.numbers: set[fx.Node] = set()
        self.batch = 0

    def run_node(self, n: fx.Node) -> Any:
        """Run one node."""
        result = super().run_node(n)
        if isinstance(result, Tensor):
            self.batch = self.batch or len(result)
            self.shapes.setdefault(n, tuple(result.shape))
            if result.is_floating_point():
                self.ranges.setdefault(n, observer(self.quantization)).update(result)
        elif not _holds_tensor(result):
            self.numbers.add(n)
        return result


def _holds_tensor(result: Any) -> bool:
    return isinstance(result, Tensor) or (isinstance(result, tuple | list) and any(map(_holds_tensor, result)))


def _tensor(batch: Any) -> Tensor:
    if isinstance(batch, tuple | list) and len(batch) == 1:
        batch = batch[0]
    if not isinstance(batch, Tensor) or batch.dim() == 0 or not len(batch):
        raise LoweringError(
            "a network that is lowered takes one tensor of inputs; give batches of it, (B, ...) with B at least 1"
        )
    return batch
