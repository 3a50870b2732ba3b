"""What tools/test counts, from the event files and test.xml files that Bazel would write."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path

import count_tests

sys.path.append(str(Path(__file__).resolve().parents[1] / "checks"))
import junit_report  # pylint: disable=wrong-import-position


class CountTestsTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.events = []

    def add_test(self, label, status="PASSED", cases=None):
        """A test target that ran; `cases` is the inside of its testsuite, None means no file."""
        self.events.append({"id": {"targetConfigured": {"label": label}},
                            "configured": {"targetKind": "cc_test rule", "testSize": "SMALL"}})
        outputs = []
        if cases is not None:
            xml = self.root / (label.replace("/", "_") + " test.xml")
            xml.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
            outputs = [{"name": "test.xml", "uri": xml.as_uri()}]
        self.events.append({"id": {"testResult": {"label": label, "run": 1, "shard": 1}},
                            "testResult": {"status": status, "testActionOutput": outputs}})

    def count(self):
        """Returns (whether all was well, the printed lines)."""
        path = self.root / "events.json"
        path.write_text("".join(json.dumps(event) + "\n" for event in self.events))
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            good = count_tests.report(count_tests.Run(path).cases())
        return good, output.getvalue().splitlines()

    def test_cases_count_and_not_targets(self):
        self.add_test("//a:one", cases='<testcase name="x"/><testcase name="y"/>')
        self.add_test("//a:two", cases='<testcase name="z"/>')
        good, lines = self.count()
        self.assertEqual((True, "3 passed, 0 failed"), (good, lines[-1]))

    def test_skipped_and_disabled_cases_are_named_and_not_passed(self):
        self.add_test("//a:one", cases='<testcase name="ran"/>'
                      '<testcase name="left" result="skipped"><skipped/></testcase>'
                      '<testcase name="off" status="notrun" result="suppressed"/>')
        good, lines = self.count()
        self.assertTrue(good)
        self.assertEqual(["skipped: //a:one left", "not run: //a:one off", "1 skipped, 1 not run",
                          "1 passed, 0 failed"], lines)

    def test_failed_case(self):
        self.add_test("//a:one", "FAILED", '<testcase name="x"/>'
                      '<testcase name="y" classname="C"><failure/></testcase>')
        good, lines = self.count()
        self.assertFalse(good)
        self.assertEqual("failed: //a:one C.y", lines[0])
        self.assertEqual("1 passed, 1 failed", lines[-1])

    def test_target_that_failed_after_its_cases_passed(self):
        self.add_test("//a:one", "TIMEOUT", '<testcase name="x"/>')
        good, lines = self.count()
        self.assertFalse(good)
        self.assertIn("failed: //a:one (TIMEOUT)", lines)

    def test_target_without_cases_fails(self):
        self.add_test("//a:one", cases='<testcase name="x"/>')
        self.add_test("//a:empty", cases="")
        self.add_test("//a:no_file")
        good, lines = self.count()
        self.assertFalse(good)
        self.assertEqual("1 passed, 2 failed", lines[-1])

    def test_target_that_is_not_for_this_build_is_not_run(self):
        self.add_test("//a:one", cases='<testcase name="x"/>')
        self.events += [
            {"id": {"targetConfigured": {"label": "//a:two"}},
             "configured": {"targetKind": "cc_test rule", "testSize": "SMALL"}},
            {"id": {"targetCompleted": {"label": "//a:two"}}, "aborted": {"reason": "SKIPPED"}},
        ]
        good, lines = self.count()
        self.assertTrue(good)
        self.assertEqual(["not run: //a:two (not for this build)", "0 skipped, 1 not run",
                          "1 passed, 0 failed"], lines)

    def test_target_that_was_not_built_is_one_failure(self):
        self.add_test("//a:one", cases='<testcase name="x"/>')
        self.events += [
            {"id": {"targetConfigured": {"label": "//a:two"}},
             "configured": {"targetKind": "cc_test rule", "testSize": "SMALL"}},
            {"id": {"targetCompleted": {"label": "//a:two"}}, "completed": {}},
            {"id": {"targetCompleted": {"label": "//a:library"}}, "aborted": {"reason": "x"}},
        ]
        good, lines = self.count()
        self.assertFalse(good)
        self.assertIn("failed: //a:library (not built)", lines)
        self.assertEqual("1 passed, 2 failed", lines[-1])

    def test_target_that_never_ran_is_a_failure(self):
        self.add_test("//a:one", cases='<testcase name="x"/>')
        del self.events[-1]
        good, lines = self.count()
        self.assertFalse(good)
        self.assertIn("failed: //a:one (did not run)", lines)

    def test_nothing_at_all_is_not_a_success(self):
        good, lines = self.count()
        self.assertEqual((False, "0 passed, 0 failed"), (good, lines[-1]))


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
