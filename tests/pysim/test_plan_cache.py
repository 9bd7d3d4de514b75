"""Compiled plans come back from the cache as they were, or are compiled again; python-flint and a cache folder are optional."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from evoapprox8 import over_codes
from safetensors.numpy import load, save

from pysim import PysimError
from pysim.kernels import compiler, lattice, plan_cache
from pysim.kernels.compiler import compile_plan
from pysim.kernels.plan import Plan

TABLE = over_codes("mul8u_JQQ", "us")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    for warned in (plan_cache._warn_once, compiler._warn_without_flint):
        warned.cache_clear()
    return tmp_path / "cache" / "plans"


class Compilations:
    """Counts how often planes are searched for."""

    def __init__(self, monkeypatch):
        self.times, self.search = 0, compiler.fewest_planes
        monkeypatch.setattr(compiler, "fewest_planes", self)

    def __call__(self, *args):
        self.times += 1
        return self.search(*args)


@pytest.fixture
def compilations(monkeypatch) -> Compilations:
    return Compilations(monkeypatch)


def same(first: Plan, second: Plan) -> bool:
    """Whether two plans agree in everything, to the second that compiling took."""
    arrays = [(p.left, q.left) for p, q in zip(first.planes, second.planes, strict=True)]
    arrays += [(p.right, q.right) for p, q in zip(first.planes, second.planes, strict=True)]
    arrays += [(first.column, second.column), (first.table, second.table)]
    return all(np.array_equal(p, q) and p.dtype == q.dtype for p, q in arrays) and facts(first) == facts(second)


def facts(plan: Plan) -> tuple:
    names = ("kind", "table_hash", "rank_table", "rank_error", "seconds")
    return *(getattr(plan, name) for name in names), [(plane.shift, plane.offset) for plane in plan.planes]


@pytest.mark.parametrize("circuit", ["mul8u_JQQ", "mul8s_1KV8", "mul8u_12N4", "constant"])
def test_plan_comes_back_as_it_was(circuit, monkeypatch):
    table = (np.full((5, 6), 7), 0, 0) if circuit == "constant" else over_codes(circuit, "us")
    first = compile_plan(*table)
    monkeypatch.setattr(compiler, "_choose", None)
    assert same(first, compile_plan(*table))


def test_other_tables_codes_kinds_and_compilers_have_plans_of_their_own(cache, compilations, monkeypatch):
    table, a_low, b_low = TABLE
    for args in ((table, a_low, b_low), (table + 1, a_low, b_low), (table, 1, b_low), (table, a_low, 0)):
        compile_plan(*args)
    compile_plan(*TABLE, kind="low rank")
    monkeypatch.setattr(plan_cache, "_compiler", lambda: "another version")
    compile_plan(*TABLE)
    assert compilations.times == len(list(cache.iterdir())) == 6


def test_without_cache_nothing_is_read_or_written(cache, compilations):
    compile_plan(*TABLE, cache=False)
    assert not cache.exists()
    compile_plan(*TABLE)
    compile_plan(*TABLE, cache=False)
    assert compilations.times == 3


def flip(content: bytes, at: float) -> bytes:
    index = int(at * (len(content) - 1))
    return content[:index] + bytes([content[index] ^ 4]) + content[index + 1 :]


DAMAGES = {
    "empty": lambda content: b"",
    "short": lambda content: content[:4],
    "truncated header": lambda content: content[:100],
    "truncated": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "no safetensors": lambda content: b"\x80\x04N.",
    "endless header": lambda content: b"\xff" * 8 + content[8:],
    "no digest": lambda content: save({"left": np.zeros(3)}),
    "nothing": lambda content: save({}),
    **{f"bit at {at:.2f}": lambda content, at=at: flip(content, at) for at in np.linspace(0, 1, 23)},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_entry_is_compiled_again_in_silence(cache, compilations, damage):
    first = compile_plan(*TABLE)
    (entry,) = cache.iterdir()
    good = entry.read_bytes()
    entry.write_bytes(DAMAGES[damage](good))
    again = compile_plan(*TABLE)
    assert compilations.times == 2
    assert same(first, dataclasses.replace(again, seconds=first.seconds))
    compile_plan(*TABLE)
    assert compilations.times == 2


@pytest.mark.parametrize("key", ["left", "right", "shift", "offset", "column", "facts"])
def test_wrong_plan_with_a_right_hash_is_not_proved_and_not_used(cache, compilations, key):
    """Such as another program, or a bug of ours, may leave."""
    first = compile_plan(*TABLE)
    (entry,) = cache.iterdir()
    content = {name: value.copy() for name, value in load(entry.read_bytes()).items() if name != "digest"}
    if key == "facts":
        content[key][0] = 2  # a table plan has no planes
    elif key == "offset":
        content[key] -= 1
    else:
        content[key].flat[-1] ^= 1
    content["digest"] = np.frombuffer(plan_cache._digest(entry.stem, content), np.uint8)
    entry.write_bytes(save(content))
    assert same(first, dataclasses.replace(compile_plan(*TABLE), seconds=first.seconds))
    assert compilations.times == 2


@pytest.mark.parametrize(("circuit", "other"), [("mul8u_JQQ", "mul8u_Y48"), ("mul8u_12N4", "mul8u_185Q")])
def test_entry_of_another_table_is_not_used(cache, compilations, circuit, other):
    compile_plan(*over_codes(circuit, "us"))
    (entry,) = cache.iterdir()
    plan = compile_plan(*over_codes(other, "us"))
    (name,) = {path.name for path in cache.iterdir()} - {entry.name}
    (cache / name).write_bytes(entry.read_bytes())
    assert same(plan, dataclasses.replace(compile_plan(*over_codes(other, "us")), seconds=plan.seconds))
    assert compilations.times == 3


def test_folder_in_the_place_of_an_entry(cache, compilations):
    compile_plan(*TABLE)
    (entry,) = cache.iterdir()
    entry.unlink()
    entry.mkdir()
    with pytest.warns(UserWarning, match="plans are not kept"):
        compile_plan(*TABLE)
    assert compilations.times == 2


def test_unusable_cache_costs_one_warning(tmp_path, monkeypatch, compilations):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "file"))
    message = "compiled plans are not kept: cannot use the cache folder .*; set GOLDAXE_CACHE"
    with pytest.warns(UserWarning, match=message) as seen:
        plans = [compile_plan(*TABLE), compile_plan(*TABLE)]
    assert [len(plan.planes) for plan in plans] == [3, 3]
    assert (len(seen), compilations.times) == (1, 2)


def test_without_flint_low_rank_is_a_table_with_one_warning(cache, monkeypatch):
    monkeypatch.setattr(lattice, "find_spec", lambda name: None)
    with pytest.warns(UserWarning, match="python-flint is not installed") as seen:
        plans = [compile_plan(*TABLE), compile_plan(*TABLE)]
    assert [plan.kind for plan in plans] == ["table", "table"]
    assert len(seen) == 1
    assert compile_plan(*over_codes("mul8s_1KV8", "s")).kind == "exact"
    assert compile_plan(*TABLE, kind="table").kind == "table"
    with pytest.raises(PysimError, match="kind = 'low rank' needs python-flint"):
        compile_plan(*TABLE, kind="low rank")
    monkeypatch.undo()
    monkeypatch.setenv("GOLDAXE_CACHE", str(cache.parent))
    assert compile_plan(*TABLE).kind == "low rank"


def test_flint_is_imported_only_for_lattices():
    program = """
import sys
import numpy as np
import pysim
from pysim.kernels.compiler import compile_plan
compile_plan(np.multiply.outer(np.arange(9), np.arange(9)), 0, 0, cache=False)
before = "flint" in sys.modules
compile_plan(np.eye(3, dtype=int), 0, 0, cache=False)
print(before, "flint" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
