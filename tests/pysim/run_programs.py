"""Run by test_export.py in a process of its own: each exported program of a folder, on its inputs, to outputs or an error."""

import sys
from pathlib import Path

import torch

import pysim

for path in sorted(Path(sys.argv[1]).glob("*.pt2")):
    program = torch.export.load(path).module()
    try:
        torch.save(program(torch.load(path.with_suffix(".inputs"))).detach(), path.with_suffix(".outputs"))
    except pysim.PysimError as error:
        path.with_suffix(".error").write_text(str(error))
