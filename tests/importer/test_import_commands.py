"""`goldaxe import` and `goldaxe conform` as processes: output, JSON, exit status, and one line for what is wrong."""

import json
import subprocess
import sys

import numpy as np
import pytest
from verilog_samples import HEAD, NETLIST

from multipliers import get


def goldaxe(*arguments):
    program = (sys.executable, "-c", "from goldaxe.cli import main; main()")
    return subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture
def netlist(tmp_path):
    path = tmp_path / "mul4u_netlist.v"
    path.write_text(NETLIST)
    return path


def test_import_then_conform_by_label_and_file(netlist, tmp_path):
    done = goldaxe("import", netlist, "--json")
    assert done.returncode == 0, done.stderr
    about = json.loads(done.stdout)
    assert (about["label"], about["verilog_ports"]) == ("mul4u_netlist", {"a": "A", "b": "B", "p": "O"})
    assert about["metrics"]["mae"] == 0.25
    assert {figure["metric"] for figure in about["published"] if figure["reproduced"]} == {"MAE", "WCE", "EP%", "MSE"}
    np.save(tmp_path / "good.npy", get("mul4u_netlist").table)
    assert goldaxe("conform", tmp_path / "good.npy", "--against", netlist).returncode == 0
    np.save(tmp_path / "bad.npy", np.roll(get("mul4u_netlist").table, 8, 0))
    bad = goldaxe("conform", tmp_path / "bad.npy", "--against", "mul4u_netlist", "--json")
    assert (bad.returncode, json.loads(bad.stdout)["verdict"]) == (1, "zero-point-shifted")
    shown = goldaxe("show", "mul4u_netlist")
    assert "RTL verified (exhaustive)" in shown.stdout
    assert goldaxe("import", netlist, "--published", "MAE%=0.5").returncode == 1


def test_a_table_without_verilog_can_be_shown(tmp_path):
    np.save(tmp_path / "mine.npy", np.multiply.outer(range(16), range(16)))
    done = goldaxe("import", tmp_path / "mine.npy", "--order", "ab", "--unsigned")
    assert done.returncode == 0, done.stderr
    assert "RTL none" in goldaxe("show", "mine").stdout


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        (f"{HEAD}initial $finish; endmodule", [], "bad.v, line 2: $finish is not allowed"),
        (f"{HEAD}assign #1 O = A; endmodule", [], "bad.v, line 2: a delay"),
        (NETLIST, ["--a", "X"], "bad.v, line 8: no port 'X'"),
        (NETLIST, ["--published", "MAE"], "published figure 'MAE' is not of the form METRIC=VALUE"),
    ],
)
def test_what_is_wrong_is_one_line(text, arguments, sentence, tmp_path, library):
    path = tmp_path / "bad.v"
    path.write_text(text)
    done = goldaxe("import", path, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {sentence}")
    assert len(done.stderr.splitlines()) == 1
    assert not library.exists()


def test_a_table_states_its_order_and_signs(tmp_path):
    np.save(tmp_path / "mine.npy", np.zeros((16, 16)))
    done = goldaxe("import", tmp_path / "mine.npy")
    assert (done.returncode, done.stderr[:35]) == (2, "error: mine.npy: say --order ab or ")


def test_a_cut_figure_is_told_and_fails_nothing(netlist):
    """MAE% is 0.09765625."""
    cut = goldaxe("import", netlist, "--published", "MAE%=0.097")
    assert cut.returncode == 0, cut.stderr
    assert "published MAE% = 0.097: cut, not rounded: measured 0.0976562" in cut.stdout
