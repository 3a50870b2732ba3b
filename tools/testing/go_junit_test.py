"""The test cases found in the output of `go test -v`."""

import sys
import unittest
from pathlib import Path

import go_junit

sys.path.append(str(Path(__file__).resolve().parents[1] / "checks"))
import junit_report  # pylint: disable=wrong-import-position


def outcomes(text):
    cases = go_junit.leaves(go_junit.read_outcomes(text.splitlines()))
    return {name: outcome for name, outcome, _ in cases}


class GoJunitTest(unittest.TestCase):

    def test_plain_tests(self):
        self.assertEqual({"TestA": "PASS", "TestB": "FAIL", "TestC": "SKIP"}, outcomes("""
=== RUN   TestA
--- PASS: TestA (0.10s)
=== RUN   TestB
    x_test.go:3: no
--- FAIL: TestB (0.00s)
=== RUN   TestC
--- SKIP: TestC (0.00s)
FAIL"""))

    def test_subtests_stand_for_their_parent(self):
        self.assertEqual({"TestA/x": "PASS", "TestA/y": "FAIL"}, outcomes("""
=== RUN   TestA
=== RUN   TestA/x
=== RUN   TestA/y
--- FAIL: TestA (0.00s)
    --- PASS: TestA/x (0.00s)
    --- FAIL: TestA/y (0.00s)"""))

    def test_parent_that_failed_by_itself_counts(self):
        self.assertEqual({"TestA": "FAIL", "TestA/x": "PASS"}, outcomes("""
=== RUN   TestA
=== RUN   TestA/x
--- FAIL: TestA (0.00s)
    --- PASS: TestA/x (0.00s)"""))

    def test_crash_in_the_middle(self):
        self.assertEqual({"TestA": "PASS", "TestB": "UNFINISHED"}, outcomes("""
=== RUN   TestA
--- PASS: TestA (0.00s)
=== RUN   TestB
panic: oh"""))

    def test_output_without_newline_before_the_result(self):
        self.assertEqual({"TestA": "PASS"}, outcomes("""
=== RUN   TestA
half a line--- PASS: TestA (0.00s)"""))

    def test_xml(self):
        suite = go_junit.to_xml([("TestA", "PASS", "0.1"), ("TestB", "UNFINISHED", "0")]).getroot()[0]
        self.assertEqual("2", suite.get("tests"))
        self.assertEqual("unfinished", suite[1].find("failure").get("message"))


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
