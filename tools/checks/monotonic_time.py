#!/usr/bin/env -S python3 -B
"""Checks that the library tells time by a clock that nobody sets (UTIL-84).

A timeout by the wall clock ends too soon or never when somebody sets that clock. Only the log shows
the time of day.

usage: monotonic_time.py [--root DIR]
"""

import argparse
import re
import sys
from pathlib import Path

from junit_report import Report
from no_machine_paths import committed_files

FOLDERS = ("billiard_core/", "c_api/", "bindings/interface/", "bindings/lua/native/",
           "bindings/ruby/ext/")
SOURCES = (".c", ".cc", ".h", ".i")
SHOWS_TIME_OF_DAY = {"billiard_core/logging/line_format.cc"}

WALL_CLOCK = re.compile(
    r"\bCLOCK_(?:REALTIME|TAI)|\bsystem_clock\b|\bhigh_resolution_clock\b|\bgettimeofday\b|\babsl::Now\b"
    r"|\bftime\b|(?<![\w.>])time\((?:NULL|nullptr|0|&)"
    # Those of the C library whose deadline is the wall clock's.
    r"|\bsem_timedwait\b|\bpthread_mutex_timedlock\b|\bpthread_cond_timedwait\b|\bmq_timed")


def findings(root: Path) -> list[str]:
    """The places that use a wall clock, as `file:line: text`."""
    found = []
    for name in committed_files(root):
        if not name.startswith(FOLDERS) or not name.endswith(SOURCES):
            continue
        if name in SHOWS_TIME_OF_DAY or not (root / name).is_file():
            continue
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        found += [f"{name}:{number}: {line.strip()[:120]}"
                  for number, line in enumerate(lines, start=1) if WALL_CLOCK.search(line)]
    return found


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    # Under Bazel this file is a link into the source tree, which is what has to be checked.
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    places = findings(parser.parse_args(argv).root)
    report = Report("monotonic_time")
    report.add("no wall clock", "failed" if places else "passed", "\n".join(places))
    for place in places:
        print(f"{place}\n  uses a clock that can be set; see tools/checks/monotonic_time.py",
              file=sys.stderr)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
