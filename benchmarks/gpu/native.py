"""The CUDA C++ table kernel, compiled by nvcc where there is one."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

SOURCE = Path(__file__).with_name("table.cu")


class NativeError(RuntimeError):
    """Why there is no such kernel here, in one sentence."""


def compiler() -> str | None:
    """nvcc, on the path or in CUDA's usual folder."""
    home = Path(os.environ.get("CUDA_HOME") or "/usr/local/cuda")
    return shutil.which("nvcc") or shutil.which("nvcc", path=str(home / "bin"))


def build(folder: Path, architecture: str) -> Path:
    """The shared library, compiled into `folder`; raises NativeError."""
    nvcc = compiler()
    if nvcc is None:
        raise NativeError("nvcc was not found; install CUDA's compiler, or set CUDA_HOME")
    library = folder / "table.so"
    command = [
        nvcc,
        "-O3",
        "-std=c++17",
        f"-arch={architecture}",
        "-shared",
        "-Xcompiler",
        "-fPIC",
        str(SOURCE),
        "-o",
        str(library),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise NativeError(f"{SOURCE.name} does not compile: {(done.stderr.strip().splitlines() or ['no message'])[0]}")
    return library


@cache
def load() -> Any:
    """The library for this card; raises NativeError."""
    major, minor = torch.cuda.get_device_capability()
    with tempfile.TemporaryDirectory() as folder:
        try:
            return ctypes.CDLL(str(build(Path(folder), f"sm_{major}{minor}")))
        except OSError as error:
            raise NativeError(f"the compiled kernel cannot be loaded: {error}") from None


def look_up(x: Tensor, table: Tensor, weight: Tensor) -> Tensor:
    """sum_k table[x[m, k], weight[k, n]], int32 (M, N), modulo 2**32; raises NativeError.

    `x` is uint8 (M, K), `table` int16 (256, 256), `weight` uint8 (K, N), all contiguous.
    """
    kernel = load().goldaxe_table
    out = torch.empty(len(x), weight.shape[1], dtype=torch.int32, device=x.device)
    pointers = [ctypes.c_void_p(part.data_ptr()) for part in (x, table, weight, out)]
    sizes = [ctypes.c_int(size) for size in (*out.shape, x.shape[1])]
    error = kernel(*pointers, *sizes, ctypes.c_void_p(torch.cuda.current_stream().cuda_stream))
    if error:
        raise NativeError(f"the kernel does not run: CUDA error {error}")
    return out
