"""Do the tests find single mistakes? Puts each fault of the TOML files beside this into the code and runs its tests.

    python tests/faults/run.py                   # all of them; what has been run before is not run again
    python tests/faults/run.py importer drum     # those of importer.toml, and those whose file or name has "drum" in it
    python tests/faults/run.py --markdown docs/faults.md --json faults.json

Exit status: 0 if every fault was killed (or is equivalent and survived), 1 if not, 2 for entries that cannot be used.
"""

from __future__ import annotations

import argparse
import json
import queue
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from pathlib import Path

import fault_report
from fault_files import ROOT, Fault, FaultError, complaints, read
from fault_runs import copy_tree, keep, kept, key_of, run, sound_tests
from fault_server import Server


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="*", help="TOML files by name, or parts of faults' files and names")
    parser.add_argument("--jobs", type=int, default=2, help="faults run at a time")
    parser.add_argument("--limit", type=float, default=300, help="seconds a fault's tests may take; a hang counts as killed")
    parser.add_argument("--again", action="store_true", help="run also what has been run before")
    parser.add_argument("--json", type=Path, help="write all results here")
    parser.add_argument("--markdown", type=Path, help="write the table into this page")
    return parser.parse_args()


def right(fault: Fault, result: dict) -> bool:
    return result["outcome"] == "survived" if fault.equivalent else result["outcome"] in fault_report.KILLED


def main() -> int:
    options = arguments()
    faults = read()
    chosen = [fault for fault in faults if not options.only or any(part == fault.area or part in fault.file + fault.name
                                                                   for part in options.only)]  # fmt: skip
    bad = [f"{fault.file}: {text}" for fault in chosen for text in complaints(fault)]
    if bad or not chosen:
        raise FaultError("\n".join(bad) or f"no fault is called {' or '.join(options.only)}")
    waiting = [fault for fault in chosen if options.again or kept(key_of(fault, ROOT)) is None]
    with tempfile.TemporaryDirectory(prefix="goldaxe-faults-") as temporary, ExitStack() as stack:
        places: queue.Queue[Place] = queue.Queue()
        for job in range(min(options.jobs, len(waiting))):
            places.put((stack.enter_context(closing(Server())), Path(temporary) / f"tree{job}"))
            if job:
                shutil.copytree(Path(temporary) / "tree0", Path(temporary) / f"tree{job}")
            else:
                copy_tree(Path(temporary) / "tree0")
        campaign(waiting, places, options)
    results = [(fault, kept(key_of(fault, ROOT))) for fault in faults]
    if options.json:
        options.json.write_text(
            json.dumps([{**vars(fault), **(result or {"outcome": "not run"})} for fault, result in results], indent=1)
        )
    if options.markdown:
        fault_report.write(options.markdown, fault_report.markdown(results))
    mine = [(fault, result) for fault, result in results if fault in chosen]
    wrong = [(fault, result) for fault, result in mine if not result or not right(fault, result)]
    for fault, result in wrong:
        said = " (said to be equivalent)" if fault.equivalent else ""
        print(f"{result['outcome'] if result else 'not run':9s} {fault.file}: {fault.title}{said}")
    counted = [fault for fault, _ in mine if not fault.equivalent]
    print(f"{len(counted) - sum(not fault.equivalent for fault, _ in wrong)} of {len(counted)} faults killed")
    return 1 if wrong else 0


def told(fault: Fault, result: dict) -> str:
    """One line of a fault's result; all that its tests said where it is no good result."""
    good = right(fault, result)
    by = result["by"][-90:] if good else result["by"]
    return f"{'' if good else '!! '}{result['outcome']} {fault.file}: {fault.title[:80]} ({result['seconds']} s, {by})"


Place = tuple[Server, Path]
"""Where a fault is run: a server and a copy of the repository."""


def campaign(waiting: list[Fault], places: queue.Queue[Place], options: argparse.Namespace) -> None:
    """Run faults, as many at a time as there are places, and keep each result as soon as it is there."""
    if not waiting:
        return
    print(f"{len(waiting)} faults; first their tests without them", flush=True)
    server, tree = places.queue[0]
    sound = sound_tests(server, tree, (test for fault in waiting for test in fault.tests), options.jobs, 30 * options.limit)
    start, stopped, servers = time.monotonic(), threading.Event(), [server for server, _ in places.queue]

    def one(fault: Fault) -> dict:
        if not sound.issuperset(fault.tests):
            return {"outcome": "unsound", "by": "tests that fail without the fault", "seconds": 0.0}
        own = places.get()
        try:
            result = run(fault, *own, options.limit)
            if not stopped.is_set() and result["outcome"] != "invalid":
                keep(key_of(fault, own[1]), result)
            return result
        finally:
            places.put(own)

    with ThreadPoolExecutor(options.jobs) as pool:
        futures = {pool.submit(one, fault): fault for fault in waiting}
        try:
            for done, future in enumerate(as_completed(futures), 1):
                fault, result = futures[future], future.result()
                left = (time.monotonic() - start) / done * (len(waiting) - done) / 60
                print(f"{done}/{len(waiting)} {told(fault, result)}; {left:.0f} min left", flush=True)
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            for each in servers:
                each.kill()
            raise


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FaultError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
