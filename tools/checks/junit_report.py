#!/usr/bin/env -S python3 -B
"""Writes test results as JUnit XML to $XML_OUTPUT_FILE, so that tools/test counts every case.

Three ways in:
  * a check in Python makes a Report, adds cases and calls finish();
  * a Python unittest file ends with `sys.exit(junit_report.run_unittests())`;
  * a shell test pipes lines `name<TAB>passed|failed|skipped<TAB>message` into
    `junit_report.py SUITE`, which exits with 1 when one of them failed.
"""

import os
import re
import sys
import time
import unittest
from xml.etree import ElementTree

_NOT_ALLOWED_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Report:
    """The cases of one test target, in the order in which they ran."""

    def __init__(self, suite: str):
        self._suite = suite
        self._cases = []

    def add(self, name: str, outcome: str = "passed", message: str = "", seconds: float = 0.0):
        """Records a case; the outcome is passed, failed or skipped."""
        if outcome not in ("passed", "failed", "skipped"):
            raise ValueError(f"case {name!r}: unknown outcome {outcome!r}")
        self._cases.append((name, outcome, message, seconds))

    def count(self, outcome: str) -> int:
        return sum(1 for case in self._cases if case[1] == outcome)

    def finish(self) -> int:
        """Writes the XML where Bazel wants it; gives the exit status of the test."""
        path = os.environ.get("XML_OUTPUT_FILE")
        if path:
            ElementTree.ElementTree(self.to_xml()).write(
                path, encoding="utf-8", xml_declaration=True)
        return 1 if self.count("failed") else 0

    def to_xml(self) -> ElementTree.Element:
        suites = ElementTree.Element("testsuites")
        suite = ElementTree.SubElement(
            suites, "testsuite", name=self._suite, tests=str(len(self._cases)), errors="0",
            failures=str(self.count("failed")), skipped=str(self.count("skipped")),
            time=f"{sum(case[3] for case in self._cases):.3f}")
        for name, outcome, message, seconds in self._cases:
            case = ElementTree.SubElement(
                suite, "testcase", classname=self._suite, name=_clean(name), time=f"{seconds:.3f}")
            if outcome != "passed":
                tag = "failure" if outcome == "failed" else "skipped"
                detail = ElementTree.SubElement(case, tag, message=_clean(message[:200]))
                detail.text = _clean(message)
        return suites


class _ReportingResult(unittest.TextTestResult):
    """Passes every unittest outcome on to the report that the runner carries."""

    report: Report

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()

    def _add(self, test, outcome, message=""):
        seconds = time.monotonic() - self._started
        self.report.add(test.id().removeprefix("__main__."), outcome, message, seconds)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._add(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._add(test, "failed", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        # An error in setUpClass comes without a started test.
        self._started = getattr(self, "_started", time.monotonic())
        self._add(test, "failed", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._add(subtest, "failed", self._exc_info_to_string(err, test))

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._add(test, "passed")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._add(test, "failed", "was expected to fail")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._add(test, "skipped", reason)


def run_unittests() -> int:
    """Runs the unittest cases of the program itself; gives its exit status."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    report = Report(os.path.splitext(os.path.basename(sys.argv[0]))[0])
    result_class = type("_Result", (_ReportingResult,), {"report": report})
    result = unittest.TextTestRunner(resultclass=result_class, verbosity=1).run(suite)
    if result.testsRun == 0:
        report.add("a test file has cases", "failed", "no test case was found")
    # Not the report's word alone: this also runs the tests of the report.
    return 0 if report.finish() == 0 and result.wasSuccessful() else 1


def _clean(text: str) -> str:
    return _NOT_ALLOWED_IN_XML.sub("?", text)


def _report_lines(suite: str, lines) -> int:
    report = Report(suite)
    for line in lines:
        name, outcome, *message = line.rstrip("\n").split("\t", 2)
        report.add(name, outcome, "".join(message))
    print(f"{suite}: {report.count('passed')} passed, {report.count('failed')} failed, "
          f"{report.count('skipped')} skipped")
    return report.finish()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: junit_report.py SUITE < results")
    sys.exit(_report_lines(sys.argv[1], sys.stdin))
