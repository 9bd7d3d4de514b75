"""Waveforms (VCD): the values of signals by cycle, and the last cycles of a longer one."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SCOPE = re.compile(r"\$scope\s+\w+\s+(\S+)\s+\$end")
_VAR = re.compile(r"\$var\s+\w+\s+(\d+)\s+(\S+)\s+(\S+?)(?:\s+\[[^\]]*\])?\s+\$end")


class Waveform:
    """A VCD whose clock falls at even times and rises at odd ones, a cycle being two steps."""

    def __init__(self, text: str) -> None:
        header, _, body = text.partition("$enddefinitions $end")
        self.header, self.changes = header + "$enddefinitions $end\n", body.splitlines()
        self.names: dict[str, str] = {}
        scopes: list[str] = []
        for line in header.splitlines():
            if found := _SCOPE.search(line):
                scopes.append(found[1])
            elif "$upscope" in line:
                scopes.pop()
            elif found := _VAR.search(line):
                self.names[".".join([*scopes, found[3]])] = found[2]

    def values(self, names: Iterable[str], cycles: int) -> dict[str, list[int]]:
        """What each signal is in each of `cycles` cycles, just before the rising edge; X and Z read as 0."""
        wanted = {self.names[name]: name for name in names}
        now = dict.fromkeys(wanted, 0)
        found: dict[str, list[int]] = {name: [] for name in wanted.values()}
        done = 0
        for line in [*self.changes, f"#{2 * cycles}"]:
            if line.startswith("#"):
                time = int(line[1:])
                while done < cycles and 2 * done < time:  # all changes up to this time are in
                    for code, name in wanted.items():
                        found[name].append(now[code])
                    done += 1
            elif line[:1] in "bB" and line:
                bits, code = line[1:].split()
                if code in now:
                    now[code] = int(re.sub("[^01]", "0", bits), 2)
            elif line[:1] in "01xXzZ" and line and line[1:] in now:
                now[line[1:]] = int(line[0] == "1")
        return found

    def last(self, cycles: int, until: int) -> str:
        """The same waveform, but only the last `cycles` cycles up to the end of cycle `until`."""
        begin, end = 2 * max(0, until + 1 - cycles), 2 * (until + 1)
        held: dict[str, str] = {}
        kept: list[str] = []
        time, opened = 0, False
        for line in self.changes:
            if line.startswith("#"):
                time = int(line[1:])
                if time >= end:
                    break
                if time >= begin and not opened:
                    kept += [f"#{begin}", "$dumpvars", *held.values(), "$end"]
                    opened = True
                if opened:
                    kept.append(line)
            elif line and not line.startswith("$"):
                code = line.split()[-1] if line[0] in "bBrR" else line[1:]
                held[code] = line
                if opened:
                    kept.append(line)
        return self.header + "\n".join(kept) + "\n"
