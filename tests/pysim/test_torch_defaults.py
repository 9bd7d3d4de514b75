"""torch's default dtype and device are the caller's: kernels are handed memory of their own types, wherever those point.

A float32 buffer that is made without saying so has half its bytes under bfloat16, and no memory at all on "meta"; the compiled
kernels write through its address. So each case runs in a process of its own, which may not crash.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FACTORIES = {"empty", "zeros", "ones", "tensor", "full", "arange", "linspace", "empty_strided", "rand", "randn", "as_tensor"}

SCRIPT = """
import copy, sys, torch
from torch import nn
from pysim import approximate_
torch.manual_seed(0)
CASES = {
    "linear": (nn.Linear(16, 6), torch.randn(5, 16)),
    "conv": (nn.Conv2d(3, 8, 3, padding=1), torch.randn(2, 3, 8, 8)),
    "depthwise": (nn.Conv2d(4, 4, 3, groups=4), torch.randn(2, 4, 8, 8)),
    "lstm": (nn.LSTM(6, 5), torch.randn(4, 2, 6)),
}
def outputs(model, x):
    with torch.no_grad():
        y = model(x)
    return y[0] if isinstance(y, tuple) else y
for multiplier in ("drum8_k4", "mitchell8"):
    expected = {}
    for name, (layer, x) in CASES.items():
        layer = copy.deepcopy(layer)
        approximate_(layer, multiplier, calibration=[x])
        expected[name] = outputs(layer, x)
    SETTING
    for name, (layer, x) in CASES.items():
        layer = copy.deepcopy(layer)
        approximate_(layer, multiplier, calibration=[x])
        y = outputs(layer, x)
        assert y.dtype == torch.float32 and torch.equal(y, expected[name]), name
        with torch.no_grad():
            next(layer.parameters()).mul_(-1)  # prepared anew
        assert not torch.equal(outputs(layer, x), expected[name]), name
    torch.set_default_dtype(torch.float32)
    torch.set_default_device("cpu")
print("done")
"""


@pytest.mark.parametrize(
    "setting",
    ["torch.set_default_dtype(torch.bfloat16)", "torch.set_default_dtype(torch.float64)", 'torch.set_default_device("meta")'],
)
def test_results_do_not_depend_on_them(setting: str) -> None:
    script = SCRIPT.replace("SETTING", setting)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_every_tensor_that_is_made_says_of_what_type_and_where() -> None:
    """All calls of torch's factories in pysim name a device, and a dtype where numbers do not decide it."""
    found = []
    for path in sorted((ROOT / "pysim").rglob("*.py")):
        if "gpu" in path.parts and "_kernels" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in FACTORIES:
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "torch":
                missing = {"dtype", "device"} - {keyword.arg for keyword in node.keywords}
                if missing:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {sorted(missing)}")
    assert not found, "\n".join(found)
