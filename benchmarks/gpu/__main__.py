"""`python -m benchmarks.gpu`: the GPU kernels' results, tiles and speed, beside other kernels on this machine's card.

First the tests that compare them with plain loops; then every tile; then low-rank products beside `torch._int_mm`, and tables
beside CUDA C++. Exit status 1 if a result is wrong, a kernel fails or a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.results import refuse_unless_new

ROOT = Path(__file__).parents[2]
CHECKS = ("gpu_kernel_checks.py", "gpu_product_checks.py")

SECONDS = 360
"""Most that the tests may take; the machine may be lent for minutes."""


def main() -> None:
    """Run what is asked for, print it as it comes, and write all numbers as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="write all numbers to this file, after each part")
    parser.add_argument("--overwrite", action="store_true", help="replace numbers that are there")
    parser.add_argument("--no-checks", action="store_true", help="do not run the tests first")
    parser.add_argument("--no-tiles", action="store_true", help="do not time every tile")
    parser.add_argument("--interpret", action="store_true", help="tiny shapes in Triton's interpreter, to try this program")
    arguments = parser.parse_args()
    refuse_unless_new(arguments.json, arguments.overwrite)
    device = "cpu" if arguments.interpret else "cuda"
    os.environ["TRITON_INTERPRET"] = "1" if arguments.interpret else "0"
    from importlib.util import find_spec

    import torch

    if find_spec("triton") is None:
        sys.exit("error: this benchmark needs triton, which is not installed: pip install triton")
    if not arguments.interpret and not torch.cuda.is_available():
        sys.exit("error: this benchmark needs a GPU that torch can use, and there is none")
    from benchmarks.gpu.run import run

    results: dict[str, Any] = {}
    if not arguments.no_checks and not arguments.interpret:
        results["checks"] = checks()
    failed = run(results, device, not arguments.no_tiles, arguments.json)
    sys.exit(bool(failed))


def checks() -> str:
    """Run the tests on the GPU; "passed", or the end of what they printed."""
    paths = [str(ROOT / "tests" / "pysim" / name) for name in CHECKS]
    options = ["-v", "-x", "-p", "no:cacheprovider", "-o", "filterwarnings=default"]
    command = [sys.executable, "-m", "pytest", *options, *paths]
    print("checking results against plain loops ...", flush=True)
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        print("FAILED", flush=True)
        return f"the tests took longer than {SECONDS} s"
    text = done.stdout + done.stderr
    passed = done.returncode == 0 and re.search(r"\b[1-9][0-9]* passed\b", text)  # tests that are skipped say nothing
    print("passed" if passed else f"FAILED\n{text[-4000:]}", flush=True)
    return "passed" if passed else text[-20000:]


if __name__ == "__main__":
    main()
