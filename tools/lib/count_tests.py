"""Adds up the test cases of Bazel runs.

    count_tests.py [--failed-stage NAME]... EVENTS...

EVENTS are files that Bazel wrote with --build_event_json_file. Cases are read from each target's
test.xml: what the test itself wrote counts, not the number of targets. A target that was not built
is one failure, one that is not for this build is not run. Prints what failed, how many cases were
skipped or not run, and last the line "N passed, N failed". Exits with 1 if anything failed or
nothing passed.
"""

import argparse
import json
import sys
from collections import Counter
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree


def case_outcome(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("result") in ("skipped", "suppressed"):
        return "not run" if case.get("status") == "notrun" else "skipped"
    return "not run" if case.get("status") == "notrun" else "passed"


def case_name(case):
    return ".".join(part for part in (case.get("classname"), case.get("name")) if part)


def read_cases(xml_path):
    """Returns [(outcome, name)], or nothing where there is no readable file."""
    try:
        root = ElementTree.parse(xml_path).getroot()
    except (OSError, ElementTree.ParseError):
        return []
    return [(case_outcome(case), case_name(case)) for case in root.iter("testcase")]


class Run:
    """What one Bazel run said about its tests."""

    def __init__(self, events_path):
        self.results = {}  # (label, run, shard) -> (status, path of test.xml)
        self.tests = set()  # labels of the targets that are tests
        self.not_built = set()  # labels, or patterns that could not be loaded
        self.incompatible = set()  # labels of what this build is not for
        with open(events_path, encoding="utf-8") as events:
            for line in events:
                self._add(json.loads(line))

    def _add(self, event):
        kind, fields = next(iter(event["id"].items()))
        label = fields.get("label") if isinstance(fields, dict) else None
        if "testResult" in event:
            result = event["testResult"]
            self.results[label, fields.get("run"), fields.get("shard")] = (
                result.get("status"), self._xml_path(result))
        elif "configured" in event and "testSize" in event["configured"]:
            self.tests.add(label)
        elif kind == "targetCompleted" and event.get("aborted", {}).get("reason") == "SKIPPED":
            self.incompatible.add(label)
        elif kind == "targetCompleted" and not event.get("completed", {}).get("success"):
            self.not_built.add(label)
        elif kind == "pattern" and "aborted" in event:
            self.not_built.add(" ".join(fields["pattern"]))

    @staticmethod
    def _xml_path(result):
        for output in result.get("testActionOutput", []):
            if output["name"] == "test.xml":
                return unquote(urlparse(output["uri"]).path)
        return None

    def cases(self):
        """Yields (outcome, name) of every case, and of what never came to have cases."""
        for (label, _, _), (status, xml_path) in sorted(self.results.items(), key=repr):
            cases = read_cases(xml_path) if xml_path else []
            failed = [case for case in cases if case[0] == "failed"]
            for outcome, name in cases:
                yield outcome, f"{label} {name}"
            if status != "PASSED" and not failed:
                yield "failed", f"{label} ({status})"
            elif status == "PASSED" and not cases:
                yield "failed", f"{label} (passed, but wrote no test case)"
        with_results = {label for label, _, _ in self.results}
        for label in sorted(self.not_built):
            yield "failed", f"{label} (not built)"
        for label in sorted(self.incompatible):
            yield "not run", f"{label} (not for this build)"
        for label in sorted(self.tests - self.not_built - self.incompatible - with_results):
            yield "failed", f"{label} (did not run)"


def report(cases):
    """Prints the cases that did not pass and the sums; returns whether all was well."""
    counts = Counter()
    for outcome, name in cases:
        counts[outcome] += 1
        if outcome != "passed":
            print(f"{outcome}: {name}")
    print(f"{counts['skipped']} skipped, {counts['not run']} not run")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return counts["passed"] > 0 and counts["failed"] == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--failed-stage", action="append", default=[])
    parser.add_argument("events", nargs="*")
    options = parser.parse_args()

    cases = [case for path in options.events for case in Run(path).cases()]
    # A stage may fail without a failed test: when Bazel itself does.
    if not any(outcome == "failed" for outcome, _ in cases):
        cases += [("failed", f"stage {name}") for name in options.failed_stage]
    sys.exit(0 if report(cases) else 1)


if __name__ == "__main__":
    main()
