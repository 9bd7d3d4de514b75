"""The GPU kernels: gpu_kernel_checks.py in processes of its own, what they compile to, and their refusals.

Whether triton interprets is settled when it is first imported, for the whole process; other tests must not notice.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from pysim import PysimError
from pysim.kernels.gpu import (
    Geometry,
    _device,
    available,
    conv_low_rank,
    conv_table,
    depthwise_table,
    expand_right,
    linear_low_rank,
    linear_table,
)
from pysim.kernels.gpu.low_rank import direct

CHECKS = Path(__file__).with_name("gpu_kernel_checks.py")
needs_triton = pytest.mark.skipif(find_spec("triton") is None, reason="triton is not installed")
needs_compiler = pytest.mark.skipif(os.environ.get("TRITON_INTERPRET") == "1", reason="triton interprets in this process")


def run_checks(interpret: str, checks: Path = CHECKS) -> None:
    env = os.environ | {"TRITON_INTERPRET": interpret, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", str(checks)]
    done = subprocess.run(command, env=env, cwd=CHECKS.parents[2], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout or "100%]" in done.stdout, done.stdout


@needs_triton
def test_kernels_equal_plain_loops_in_the_interpreter() -> None:
    run_checks("1")


@needs_triton
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_kernels_equal_plain_loops_on_a_gpu() -> None:
    run_checks("0")


POINTERS = {
    "x_ptr": "*u8",
    "left_ptr": "*i8",
    "right_ptr": "*i8",
    "weight_ptr": "*u8",
    "table_ptr": "*i16",
    "steps_ptr": "*i32",
    "ends_ptr": "*i32",
    "words_ptr": "*i32",
    "offsets_ptr": "*i64",
    "constant_ptr": "*i32",
    "scale_ptr": "*fp32",
    "out_ptr": "*fp32",
}
SIZES = "inner channels group_channels group_outputs x_plane right_plane right_n out_batch out_pixel row columns filled pitch"
"""Arguments that are multiples of 16 wherever channels and outputs are."""


def compiled(name: str, tile: tuple[int, int, int, int, int], **flags: Any) -> str:
    """PTX of a kernel for compute capability 9.0, sizes and pointers multiples of 16; the interpreter checks fewer types."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from pysim.kernels.gpu import _kernels

    kernel: Any = getattr(_kernels, name)
    while not isinstance(kernel, triton.JITFunction):
        kernel = kernel.fn
    m, n, k, warps, stages = tile
    ones = dict.fromkeys(("right_k", "weight_n", "out_output", "x_column"), 1)
    fixed = {**ones, "BLOCK_M": m, "BLOCK_N": n, "BLOCK_K": k, **flags}
    fixed = {key: value for key, value in fixed.items() if key in kernel.arg_names}
    types = POINTERS | {"left_desc": f"tensordesc<i8[{m}, {k}]>", "right_desc": f"tensordesc<i8[{n}, {k}]>"}
    types |= {} if flags.get("FUSED", True) else {"x_ptr": "*i8"}
    types |= {"out_ptr": "*i8"} if name == "expand" else {}
    signature = {key: "constexpr" if key in fixed else types.get(key, "i32") for key in kernel.arg_names}
    aligned = {*POINTERS, *SIZES.split()} - fixed.keys()
    attrs = {(i,): [["tt.divisibility", 16]] for i, key in enumerate(kernel.arg_names) if key in aligned}
    source = ASTSource(kernel, signature, fixed, attrs)
    options = {"num_warps": warps, "num_stages": stages}
    ptx: str = triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options).asm["ptx"]
    return ptx


@needs_triton
@needs_compiler
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("fused", [True, False])
def test_low_rank_compiles_to_warp_group_products_of_int8(
    fused: bool, whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    flags: dict[str, Any] = {"FUSED": fused, "WHOLE": whole, "DIRECT": not whole, "DIRECT_FROM": 0, "PRODUCTS": 1 << 16}
    if whole:
        flags |= {"constant_ptr": None, "scale_ptr": None}
    ptx = compiled("low_rank", (64, 64, 64, 4, 4), **flags)
    assert "wgmma.mma_async.sync.aligned.m64n64k32.s32.s8.s8" in ptx
    assert "satfinite" not in ptx
    if whole:  # codes or factors travel 16 at a time
        assert ("ld.global.v4" in ptx) if fused else ("ld.global.v4" not in ptx and "cp.async.cg" in ptx)


@needs_triton
@needs_compiler
@pytest.mark.parametrize("one", [True, False])
def test_dense_compiles_to_warp_group_products_of_copied_blocks(
    one: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    ptx = compiled("dense", (64, 64, 128, 4, 3), ONE=one, GROUP=8)
    assert "wgmma.mma_async.sync.aligned.m64n64k32.s32.s8.s8" in ptx
    assert "satfinite" not in ptx  # it would saturate where sums have to wrap around
    assert "cp.async.bulk.tensor.2d" in ptx


@needs_triton
@needs_compiler
def test_codes_are_expanded_16_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    ptx = compiled("expand", (16, 1, 128, 4, 1), x_pixel=128, x_batch=0)
    assert "ld.global.v4" in ptx
    assert "st.global.v4" in ptx


@needs_triton
@needs_compiler
@pytest.mark.parametrize("saturated", [False, True])
@pytest.mark.parametrize("name", ["table", "depthwise"])
def test_table_kernels_compile(name: str, saturated: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    assert "ld.global" in compiled(name, (16, 64, 1, 4, 2), SATURATED=saturated, WIDE=saturated)


@pytest.mark.parametrize(("inner", "shifts"), [(131071, (0,)), (65535, (0, 0)), (510, (8, 0)), (0, (31,)), (9, ())])
def test_products_go_straight_into_the_accumulator_where_no_sum_can_pass_32_bits(inner: int, shifts: tuple[int, ...]) -> None:
    assert direct(inner, shifts)
    assert inner * 128 * 128 * sum(1 << shift for shift in shifts) < 1 << 31
    if inner and shifts:
        assert not direct(inner + 1, shifts)


def test_importing_pysim_does_not_import_triton() -> None:
    code = "import sys, pysim, pysim.kernels.gpu; sys.exit('triton' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=CHECKS.parents[2])


X, W = torch.zeros(2, 4, dtype=torch.uint8), torch.zeros(3, 4, dtype=torch.uint8)
LEFT, TABLE = torch.zeros(2, 256, dtype=torch.int8), torch.zeros(256, 256, dtype=torch.int32)
RIGHT = torch.zeros(2, 4, 3, dtype=torch.int8)
IMAGE = torch.zeros(1, 5, 5, 4, dtype=torch.uint8)


@needs_triton
@needs_compiler
def test_cpu_tensors_need_the_interpreter() -> None:
    assert not available("cpu")
    assert available("cuda")
    with pytest.raises(PysimError, match="set TRITON_INTERPRET=1"):
        linear_table(X, TABLE, W)
    with pytest.raises(PysimError, match="set TRITON_INTERPRET=1"):
        linear_low_rank(X, LEFT, RIGHT, (8, 0))


def test_a_missing_triton_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_device, "find_spec", lambda name: None)
    assert not available("cuda")
    with pytest.raises(PysimError, match="need triton, which is not installed: pip install triton"):
        linear_table(X, TABLE, W)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linear_table(X.int(), TABLE, W), "x must be uint8 with 2 dimensions, not int32"),
        (lambda: linear_table(IMAGE, TABLE, W), "x must be uint8 with 2 dimensions"),
        (lambda: linear_table(X, TABLE.long(), W), "table must be int32 or int16 or int8"),
        (lambda: linear_table(X, TABLE, W.int()), "weight must be uint8"),
        (lambda: linear_table(X, TABLE, W[:, :3]), "weight has 3 products a sum where x and the geometry have 4"),
        (lambda: linear_table(X, TABLE, W, torch.zeros(3)), "constant must be int32"),
        (lambda: linear_table(X, TABLE, W, torch.zeros(2, dtype=torch.int32)), "constant has 2 entries for 3 outputs"),
        (lambda: linear_table(X, TABLE.to("meta"), W), "must lie on one device, not on cpu, meta"),
        (lambda: linear_low_rank(X, LEFT[:1], RIGHT, (8, 0)), "left must have shape \\(2, 256\\)"),
        (lambda: linear_low_rank(X, LEFT.int(), RIGHT, (8, 0)), "left must be int8"),
        (lambda: linear_low_rank(X, LEFT, RIGHT[0], (8, 0)), "right must be int8 with 3 dimensions"),
        (lambda: linear_low_rank(X, LEFT, RIGHT[:, :3], (8, 0)), "right has 3 products"),
        (lambda: linear_low_rank(X, LEFT, RIGHT, (0, 8)), "shifts must be 2 integers from 31 down to 0"),
        (lambda: linear_low_rank(X, LEFT, RIGHT, (32, 0)), "shifts must be"),
        (lambda: linear_low_rank(X, LEFT, RIGHT, (0, -1)), "shifts must be"),
        (lambda: linear_low_rank(X, LEFT, RIGHT, (0,)), "shifts must be"),
        (lambda: conv_low_rank(X, LEFT, RIGHT, (8, 0), None, Geometry()), "x must be uint8 with 4 dimensions"),
        (lambda: conv_table(IMAGE, TABLE, W, None, Geometry(groups=2)), "4 channels and 3 outputs cannot be split into 2"),
        (lambda: conv_table(IMAGE, TABLE, W, None, Geometry((6, 1))), "does not fit an input of 5 x 5"),
        (lambda: conv_table(IMAGE, TABLE[:64], W, None, Geometry(pad_code=64)), "pad_code 64 is outside a table of 64 rows"),
        (lambda: depthwise_table(IMAGE, TABLE, W, None, Geometry()), "of 4 channels has as many groups, not 1"),
        (lambda: Geometry((0, 1)), "must be at least 1"),
        (lambda: Geometry(groups=0), "must be at least 1"),
        (lambda: Geometry(padding=((0, -1), (0, 0))), "must not be negative"),
        (lambda: Geometry(pad_code=256), "0 ... 255"),
        (lambda: expand_right(LEFT, W.int()), "weight must be uint8"),
    ],
)
def test_wrong_arguments_are_named(call: Any, message: str) -> None:
    with pytest.raises(PysimError, match=message):
        call()


def test_expanded_weights_lie_as_the_kernels_like_them() -> None:
    factors = torch.arange(-128, 128, dtype=torch.int8).repeat(2, 1)
    weight = torch.tensor([[0, 255, 7], [128, 1, 2]], dtype=torch.uint8)
    right = expand_right(factors, weight)
    assert right.shape == (2, 3, 2)
    assert right.stride() == (32, 1, 16)
    assert right[1].T.tolist() == [[-128, 127, -121], [0, -127, -126]]
