#!/usr/bin/env -S python3 -B
"""Checks the spec ledger: every id has one row, and every row tells the truth about its tests.

usage: spec_status.py [--root DIR] [--against SPEC_DIR [--write-ids]]

With --against, the ledger's ids are also compared with a specification folder, and --write-ids
renews docs/spec-ids.txt from it first.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import ledger
import scenarios
import spec_folder
from junit_report import Report
from test_names import TestNames

_LEDGER = Path("docs/spec-status.md")
_IDS = Path("docs/spec-ids.txt")
_IDS_HEADING = "# Written by tools/checks/spec_status.py --write-ids: all ids that need a row.\n"


def problems_by_rule(root: Path, spec: Path | None = None) -> dict[str, list[str]]:
    """What is wrong with the ledger below `root`, listed under the rule that it breaks."""
    rows, broken = ledger.read_rows((root / _LEDGER).read_text(encoding="utf-8"))
    ids = ledger.read_ids((root / _IDS).read_text(encoding="utf-8"))
    problems = {
        "every row has an id, a title and a status": broken,
        "every id has a row": _missing_rows(rows, ids),
        "no id has two rows": _repeated_rows(rows),
        "every row has a known id": _unknown_rows(rows, ids),
        "every test named exists": _false_claims(rows, TestNames(root)),
        "conformance scenarios name known ids": _unknown_scenario_ids(root, ids),
    }
    if spec is not None:
        problems["the ids are those of the specification"] = _drift(ids, spec_folder.all_ids(spec))
    return problems


def _missing_rows(rows: list[ledger.Row], ids: list[str]) -> list[str]:
    present = {row.id for row in rows}
    return [f"{item} has no row in {_LEDGER}" for item in ids if item not in present]


def _repeated_rows(rows: list[ledger.Row]) -> list[str]:
    times = Counter(row.id for row in rows)
    return [f"{row}: the id has {times[row.id]} rows" for row in rows if times[row.id] > 1]


def _unknown_rows(rows: list[ledger.Row], ids: list[str]) -> list[str]:
    known = set(ids)
    return [f"{row}: the id is not in {_IDS}" for row in rows if row.id not in known]


def _false_claims(rows: list[ledger.Row], tests: TestNames) -> list[str]:
    claims = ((row, tests.problem_with(name)) for row in rows for name in row.test_names())
    return [f"{row}: {problem}" for row, problem in claims if problem]


def _unknown_scenario_ids(root: Path, ids: list[str]) -> list[str]:
    known = set(ids)
    return [f"scenario {name} in {scenarios.LIST}: the id {item} is not in {_IDS}"
            for name, items in scenarios.spec_ids_by_scenario(root).items()
            for item in items if item not in known]


def _drift(ids: list[str], specified: list[str]) -> list[str]:
    listed, known = set(ids), set(specified)
    missing = [f"{item} is specified but not in {_IDS}" for item in specified if item not in listed]
    extra = [f"{item} is in {_IDS} but not specified" for item in ids if item not in known]
    return missing + extra


def _write_ids(root: Path, spec: Path) -> None:
    lines = "".join(f"{item}\n" for item in spec_folder.all_ids(spec))
    (root / _IDS).write_text(_IDS_HEADING + lines, encoding="utf-8")


def _summary(root: Path) -> str:
    rows, _ = ledger.read_rows((root / _LEDGER).read_text(encoding="utf-8"))
    not_done = sum(row.status == ledger.NOT_DONE for row in rows)
    not_applicable = sum(row.is_not_applicable for row in rows)
    proven = len(rows) - not_done - not_applicable
    return (f"spec ledger: {len(rows)} items, {proven} with tests, {not_done} not done, "
            f"{not_applicable} not applicable")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    # Under Bazel this file is a link into the source tree, which is what has to be checked.
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--against", type=Path, metavar="SPEC_DIR")
    parser.add_argument("--write-ids", action="store_true")
    arguments = parser.parse_args(argv)
    if arguments.write_ids and not arguments.against:
        parser.error("--write-ids needs --against SPEC_DIR")
    if arguments.against and not arguments.against.is_dir():
        parser.error(f"--against: no folder {arguments.against}")
    return arguments


def main(argv: list[str]) -> int:
    arguments = _arguments(argv)
    if arguments.write_ids:
        _write_ids(arguments.root, arguments.against)
    report = Report("spec_status")
    for rule, problems in problems_by_rule(arguments.root, arguments.against).items():
        report.add(rule, "failed" if problems else "passed", "\n".join(problems))
        for problem in problems:
            print(f"spec ledger: {problem}", file=sys.stderr)
    print(_summary(arguments.root))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
