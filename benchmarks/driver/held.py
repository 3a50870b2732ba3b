"""What a program costs that does nothing: memory of queued jobs and of idle workers, CPU of an idle pool.

A program that is asked for `idle`, `queued` or `floor` prints one line when it has come so far, and stands
still until its standard input ends. Meanwhile we look at it and its descendants in /proc.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import texts
from catalogue import OURS
from engines import Engines

_TITLES = {
    "job_bytes": "memory of one queued 64 B job",
    "worker_bytes": "private memory of an idle worker",
    "floor_bytes": "of that, its language's own",
    "idle_cpu": "CPU of an idle pool (of one CPU)",
}


def parse_kib(smaps_rollup: str, field: str) -> int:
    """Bytes in a field of /proc/PID/smaps_rollup."""
    for line in smaps_rollup.splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no field {field}")


def _memory(pid: int, *fields: str) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(parse_kib(text, field) for field in fields)


def private(pid: int) -> int:
    return _memory(pid, "Private_Clean", "Private_Dirty")


def parent_and_ticks(stat: str) -> tuple[int, int]:
    """From /proc/PID/stat: the parent, and ticks of the CPU that the process has used."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[1]), int(fields[11]) + int(fields[12])


def _processes() -> dict[int, tuple[int, int]]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = parent_and_ticks((folder / "stat").read_text())
            except OSError:
                continue  # it has ended
    return found


def family(root: int, processes: dict[int, tuple[int, int]]) -> list[int]:
    """The process and all its descendants."""
    members, added = [root], True
    while added:
        more = [pid for pid, (parent, _) in processes.items() if parent in members and pid not in members]
        members += more
        added = bool(more)
    return members


class Held:
    """A program that stands still, for the time of a `with`."""

    def __init__(self, command: list[str]):
        self._command = command

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        if '"state": "ready"' not in line:
            self.__exit__()
            raise ValueError(f"{self._command[0]} did not get ready: {line!r}")
        # "workers": the pids, for those that have some.
        words = line.partition('"workers": [')[2].partition("]")[0].replace(",", " ").split()
        self.workers = [int(word) for word in words]
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=60)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ticks(self) -> int:
        processes = _processes()
        return sum(processes[pid][1] for pid in family(self.pid, processes))


def _job_bytes(engines: Engines, engine: str, few: int, many: int) -> float:
    sizes = []
    for count in (few, many):
        with Held(engines.ours(engine, "queued", (f"--items={count}",))) as held:
            sizes.append(_memory(held.pid, "Rss"))
    return (sizes[1] - sizes[0]) / (many - few)


def _idle(engines: Engines, engine: str, seconds: float) -> dict[str, float]:
    with Held(engines.ours(engine, "idle", ("--workers=2",))) as held:
        memory = statistics.median(private(pid) for pid in held.workers)
        begin, before = time.monotonic(), held.ticks()
        time.sleep(seconds)
        ticks = held.ticks() - before
        return {"worker_bytes": memory,
                "idle_cpu": ticks / os.sysconf("SC_CLK_TCK") / (time.monotonic() - begin)}


def _floor(engines: Engines, engine: str) -> float:
    with Held(engines.ours(engine, "floor", ())) as held:
        return private(held.workers[0])


def measure_all(engines: Engines, quick: bool) -> dict[str, dict[str, float]]:
    """Engine -> figure -> amount."""
    found = {}
    for engine in OURS:
        try:
            found[engine] = {
                "job_bytes": _job_bytes(engines, engine, 1000, 11000 if quick else 201000),
                "floor_bytes": _floor(engines, engine),
                **_idle(engines, engine, 1 if quick else 20),
            }
        except (OSError, ValueError) as problem:
            print(f"    memory, {engine}: {problem}", file=sys.stderr)
    return found


def page(found: dict[str, dict[str, float]]) -> str:
    lines = ["## Memory, and CPU of nothing\n", f"| | {' | '.join(found)} |", "|" + "---|" * (len(found) + 1)]
    for key, title in _TITLES.items():
        show = "{:.3%}".format if key == "idle_cpu" else texts.bytes_of
        lines.append(f"| {title} | {' | '.join(show(figures[key]) for figures in found.values())} |")
    return "\n".join(lines) + "\n"
