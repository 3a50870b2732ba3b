"""Translates the output of `go test -v` into JUnit's format.

    go_junit.py LOG XML

Only leaves count: a test with subtests is counted through them. A test that began and never ended
(a crash, a time-out) is a failure. Exits with 1 if no test ran.
"""

import re
import sys
from xml.etree import ElementTree

BEGIN = re.compile(r"^=== RUN\s+(\S+)")
# A test that prints without a newline pushes its result line to the right.
END = re.compile(r"--- (PASS|FAIL|SKIP): (\S+) \(([0-9.]+)s\)\s*$")


def read_outcomes(lines):
    """Returns {name: (outcome, seconds)} in the order in which the tests began."""
    outcomes = {}
    for line in lines:
        if match := BEGIN.match(line):
            outcomes.setdefault(match[1], ("UNFINISHED", "0"))
        elif match := END.search(line):
            outcomes[match[2]] = (match[1], match[3])
    return outcomes


def leaves(outcomes):
    """The tests without subtests, and failed parents whose subtests all passed."""
    for name, (outcome, seconds) in outcomes.items():
        below = [outcomes[other][0] for other in outcomes if other.startswith(name + "/")]
        failed_by_itself = outcome in ("FAIL", "UNFINISHED") and not (
            "FAIL" in below or "UNFINISHED" in below)
        if not below or failed_by_itself:
            yield name, outcome, seconds


def to_xml(cases):
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(suites, "testsuite", name="go", tests=str(len(cases)))
    for name, outcome, seconds in cases:
        case = ElementTree.SubElement(suite, "testcase", name=name, time=seconds)
        if outcome == "SKIP":
            ElementTree.SubElement(case, "skipped")
        elif outcome != "PASS":
            ElementTree.SubElement(case, "failure", message=outcome.lower())
    return ElementTree.ElementTree(suites)


def main():
    log_path, xml_path = sys.argv[1:]
    with open(log_path, encoding="utf-8", errors="replace") as log:
        cases = list(leaves(read_outcomes(log)))
    to_xml(cases).write(xml_path, encoding="utf-8", xml_declaration=True)
    if not cases:
        sys.exit("No test ran.")


if __name__ == "__main__":
    main()
