"""The scripts of docs/other-loops.md, whole and each in a process by itself, where their packages are installed."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "other-loops.md").read_text()
SCRIPTS = dict(re.findall(r"^## (\w+)\n.*?^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
NEEDS = {"Lightning": "lightning", "accelerate": "accelerate"}


@pytest.mark.parametrize("name", ["DistributedDataParallel", "FSDP", "Lightning", "accelerate"])
def test_script(name: str, tmp_path: Path) -> None:
    """It wins accuracy back, from a third. One process: in two, the ranges' and batch norm's tests judge."""
    if name in NEEDS and find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} is not installed: pip install {NEEDS[name]}")
    script = tmp_path / "script.py"
    script.write_text(SCRIPTS[name])
    alone = {} if name in NEEDS else {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **alone}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    found = re.search(r"accuracy (0\.\d+)", done.stdout)
    assert found
    assert float(found[1]) > 0.6
