"""A program as a folder that needs neither Python nor torch: Verilog, memory images, golden vectors and a test bench."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files as files_of
from pathlib import Path

from torch import Tensor

from accelerator import Program, run
from accelerator.array import unit_design
from accelerator.program import Product, Recurrent
from accelerator.rtl import unit_config
from accelerator.schedule import ArraySize, Memory, schedule
from multipliers import Rtl
from multipliers._files import temporary_folder

from ._bench import bench
from ._images import Images, images
from ._vector_images import VectorImages, vector_images

_REPLAY_VECTOR = Path(str(files_of("goldaxe.export"))) / "replay_vector.v"

_ICARUS = """#!/bin/sh
# Replays the images with Icarus Verilog. The last line is PASS or FAIL, and the exit status 0 or 1.
set -e
cd "$(dirname "$0")"
iverilog -g2005-sv -s tb -o tb.vvp *.v rtl/*.v
vvp -n tb.vvp | tee replay.log
grep -q '^PASS$' replay.log
"""
_VERILATOR = """#!/bin/sh
# Replays the images with Verilator 5. The last line is PASS or FAIL, and the exit status 0 or 1.
set -e
cd "$(dirname "$0")"
verilator --binary --timing -Wno-fatal -Wno-lint -Wno-style --output-split 0 -CFLAGS -std=c++20 \\
  --top-module tb -Mdir build *.v rtl/*.v > build.log 2>&1
./build/Vtb | grep -v '^- ' | tee replay.log
grep -q '^PASS$' replay.log
"""


def export(program: Program, inputs: Tensor, folder: Path, size: ArraySize | None = None) -> dict[str, str]:
    """Write a program with the golden simulator's integers of `inputs` to `folder`, which must not exist or be empty.

    Returns the manifest's SHA-256 by file. The test bench replays all that is computed, each operation on the golden integers
    of those before it. Raises ValueError for a folder with something in it, for no inputs, and for a program without products;
    and what `unit_design` raises.
    """
    if not len(inputs):
        raise ValueError("0 inputs are not allowed: the test bench would compare nothing; use 1 or more")
    if not any(isinstance(operation, Product | Recurrent) for operation in program.operations):
        raise ValueError(f"{program.name} has no products, which are what the test bench replays")
    size = size or ArraySize(16, 16)
    require_new(folder)
    golden = run(program, inputs).values
    plan = {cost.name: cost for cost in schedule(program, size, Memory()).costs}
    config, lanes = unit_config(program.arithmetic, size), Memory().lanes
    layers: list[Images | VectorImages] = []
    for operation in program.operations:
        vector = vector_images(program, operation, golden, lanes)
        if isinstance(operation, Product | Recurrent):
            steps = program.values[operation.target].shape[0] if isinstance(operation, Recurrent) else 1
            cost = plan[operation.name]
            product = images(program, operation, size, config, golden, (cost.cycles - cost.vector_cycles) // steps)
            # A recurrent step's codes come before its product, its cell behind it.
            layers += [vector["codes"], product, vector["cell"]] if vector else [product]
        else:
            layers += vector.values()
    design = unit_design(config)
    said, arrays = program.describe()
    files = {f"rtl/{path.name}": path.read_bytes() for path in _needed(design.rtl)}
    files["rtl/top.v"] = design.rtl.text.encode()
    for module in {each.module.instance: each.module for each in layers if isinstance(each, VectorImages)}.values():
        files |= {f"rtl/{path.name}": path.read_bytes() for path in _needed(module.rtl)}
        files[f"rtl/{module.rtl.top}.v"] = module.rtl.text.encode()
        files["replay_vector.v"] = _REPLAY_VECTOR.read_bytes()
    files["tb.v"] = bench(design.rtl.top, config, layers).encode()
    files["run_icarus.sh"], files["run_verilator.sh"] = _ICARUS.encode(), _VERILATOR.encode()
    whole = {**said, "arrays": {key: {"shape": list(a.shape), "values": a.ravel().tolist()} for key, a in arrays.items()}}
    files["program.json"] = json.dumps(whole).encode()
    for number, layer in enumerate(layers):
        for name, words in layer.files.items():
            files[f"layers/{number:02}/{name}.hex"] = ("\n".join(words) + "\n").encode()
    for name, value in golden.items():
        files[f"golden/{name}.txt"] = _golden(value).encode()
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = {
        "program": program.name,
        "program_hash": program.hash,
        "multiplier": program.arithmetic.label,
        "rows": size.rows,
        "cols": size.cols,
        "depth": size.depth,
        "inputs": len(inputs),
        "layers": {f"layers/{number:02}": layer.name for number, layer in enumerate(layers)},
        "sha256": hashes,
    }
    files["manifest.json"] = json.dumps(manifest, indent=2).encode()
    _write(files, folder)
    return hashes


def require_new(folder: Path) -> None:
    """Raise ValueError for a folder with something in it, which may be anything, so that it is never replaced."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise ValueError(f"{folder} is not empty; name a new folder")


def _needed(rtl: Rtl) -> list[Path]:
    """The files of modules that the top module needs, at whatever depth."""
    left, todo, needed = {path.stem: path for path in rtl.files}, [rtl.text], []
    while todo:
        words = set(re.findall(r"\w+", todo.pop()))
        for name in sorted(words & left.keys()):
            needed.append(left.pop(name))
            todo.append(re.sub(r"//.*", "", needed[-1].read_text()))
    return needed


def _golden(value: Tensor) -> str:
    """Shape in the first line, then an integer a line."""
    return " ".join(map(str, value.shape)) + "\n" + "\n".join(map(str, value.flatten().tolist())) + "\n"


def _write(files: dict[str, bytes], folder: Path) -> None:
    """All files, or none: they are written beside the folder first."""
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(folder.absolute()) as unfinished:
        for name, content in files.items():
            path = unfinished / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        unfinished.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
