"""ratios.py TABLE FOLDER [REPETITIONS]: runs the micro-benchmarks of FOLDER that TABLE names, and prints the table.

The benchmarks of one binary are repeated in random order, so that whatever else the machine does meets
ours and the limit alike.
"""

import json
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_NANOS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


class Row(NamedTuple):
    what: str
    binary: str
    ours: str
    limit: str
    statistic: str
    bar: float | None


def read_table(text: str) -> list[Row]:
    rows = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        what, binary, ours, limit, statistic, bar = line.split("\t")
        if statistic not in ("cpu", "wall"):
            raise ValueError(f"{what}: no statistic is called {statistic}")
        rows.append(Row(what, binary, ours, limit, statistic, None if bar == "-" else float(bar)))
    return rows


def cost(report: dict, name: str, statistic: str) -> float:
    """Nanoseconds that one item of this benchmark cost."""
    runs = [run for run in report["benchmarks"]
            if run["run_type"] == "iteration" and run["name"].removesuffix("/real_time") == name]
    if not runs:
        raise ValueError(f"no benchmark is called {name}")
    if statistic == "cpu":
        return min(run["cpu_time"] * _NANOS[run["time_unit"]] for run in runs)
    # items_per_second is of the clock that the benchmark asked for: the wall's, for several processes.
    return statistics.median(
        1e9 / run["items_per_second"] if "items_per_second" in run
        else run["real_time"] * _NANOS[run["time_unit"]] for run in runs)


def to_text(rows: list[Row], reports: dict[str, dict]) -> str:
    lines = [f"{'':30}{'ours':>12}{'limit':>12}{'ratio':>8}{'bar':>7}  limit is"]
    for row in rows:
        ours = cost(reports[row.binary], row.ours, row.statistic)
        limit = cost(reports[row.binary], row.limit, row.statistic)
        bar = "" if row.bar is None else f"{row.bar:g}"
        over = " !" if row.bar is not None and ours / limit > row.bar else ""
        lines.append(f"{row.what:30}{ours:9.1f} ns{limit:9.1f} ns{ours / limit:8.2f}{bar:>7}"
                     f"  {row.limit}{over}")
    return "\n".join(lines) + "\n"


def run(program: Path, names: set[str], repetitions: int) -> dict:
    wanted = "|".join(re.escape(name) for name in sorted(names))
    done = subprocess.run(
        [program, f"--benchmark_filter=^({wanted})(/real_time)?$", "--benchmark_format=json",
         f"--benchmark_repetitions={repetitions}", "--benchmark_enable_random_interleaving=true",
         "--benchmark_min_time=0.05"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    rows = read_table(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[2])
    repetitions = int(sys.argv[3]) if len(sys.argv) > 3 else 11
    reports = {}
    for binary in sorted({row.binary for row in rows}):
        of_binary = [row for row in rows if row.binary == binary]
        names = {row.ours for row in of_binary} | {row.limit for row in of_binary}
        reports[binary] = run(folder / f"{binary}_benchmark", names, repetitions)
    print(to_text(rows, reports), end="")


if __name__ == "__main__":
    main()
