"""Where the kernels run: on the GPU of their tensors, or in Triton's interpreter on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from ..._errors import PysimError


def available(device: torch.device | str) -> bool:
    """Whether the kernels run on tensors of this device: triton is installed, and it is a GPU or triton interprets."""
    if find_spec("triton") is None:
        return False
    return torch.device(device).type != "cpu" or interpreted()


def interpreted() -> bool:
    """Whether triton's functions run in its interpreter, which is settled when triton is first imported."""
    triton: Any = import_module("triton")
    return not isinstance(triton.language.zeros, triton.JITFunction)


def hopper(device: torch.device) -> bool:
    """Whether it is a card of compute capability 9.x, which has warp-group products and a copy engine for tiles."""
    return device.type == "cuda" and torch.version.hip is None and torch.cuda.get_device_capability(device)[0] == 9


def kernel(name: str, tensors: Sequence[Tensor | None]) -> Any:
    """The kernel `name` of `_kernels`, for these tensors.

    Raises PysimError where triton is missing, the tensors lie on several devices, or on a CPU without the interpreter.
    """
    devices = {str(tensor.device) for tensor in tensors if tensor is not None}
    if len(devices) > 1:
        raise PysimError(f"all tensors of a kernel must lie on one device, not on {', '.join(sorted(devices))}")
    if find_spec("triton") is None:
        raise PysimError("the GPU kernels need triton, which is not installed: pip install triton")
    if not available(*devices):
        raise PysimError(
            "the GPU kernels take CPU tensors in Triton's interpreter only: set TRITON_INTERPRET=1 before it starts"
        )
    return getattr(import_module(f"{__package__}._kernels"), name)


def current(tensor: Tensor) -> AbstractContextManager[Any]:
    """Makes the tensor's GPU the current one, on which triton launches."""
    return torch.cuda.device(tensor.device) if tensor.is_cuda else nullcontext()


def check(name: str, tensor: Tensor, dtypes: Sequence[torch.dtype], dimensions: int) -> None:
    """Raises PysimError unless the tensor has one of these types and that many dimensions."""
    if tensor.dtype not in dtypes or tensor.dim() != dimensions:
        wanted = " or ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
        found = f"{str(tensor.dtype).removeprefix('torch.')} of shape {tuple(tensor.shape)}"
        raise PysimError(f"{name} must be {wanted} with {dimensions} dimensions, not {found}")


def check_constant(constant: Tensor | None, outputs: int) -> None:
    """Raises PysimError unless the constant is absent or int32 of shape (outputs,)."""
    if constant is not None:
        check("constant", constant, [torch.int32], 1)
        if len(constant) != outputs:
            raise PysimError(f"constant has {len(constant)} entries for {outputs} outputs")
