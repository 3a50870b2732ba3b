"""The XML that tools/test counts: right numbers, right outcomes, well-formed whatever the text."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import junit_report
from source_tree_for_test import SourceTreeTest

_PROGRAM = Path(junit_report.__file__).resolve()


class JunitReportTest(SourceTreeTest):

    def run_program(self, arguments: list[str], text: str = "") -> tuple[int, ElementTree.Element]:
        xml = self.root / "out.xml"
        ended = subprocess.run(
            [sys.executable, "-B", *arguments], input=text, text=True, capture_output=True,
            env=os.environ | {"XML_OUTPUT_FILE": str(xml), "PYTHONPATH": str(_PROGRAM.parent)},
            timeout=60, check=False)
        return ended.returncode, ElementTree.parse(xml).getroot().find("testsuite")

    def test_report_counts_outcomes(self):
        report = junit_report.Report("suite")
        report.add("one")
        report.add("two", "failed", "why <&> \x00\x1b")
        report.add("three", "skipped", "no such system")
        suite = ElementTree.fromstring(ElementTree.tostring(report.to_xml())).find("testsuite")
        self.assertEqual(("3", "1", "1"), (
            suite.get("tests"), suite.get("failures"), suite.get("skipped")))
        self.assertEqual("why <&> ??", suite.find("testcase/failure").text)

    def test_unknown_outcome_is_refused(self):
        with self.assertRaises(ValueError):
            junit_report.Report("suite").add("one", "perhaps")

    def test_lines_of_a_shell_test(self):
        status, suite = self.run_program([str(_PROGRAM), "shell"],
                                         "first\tpassed\nsecond\tfailed\tgot 3\tnot 4\n")
        self.assertEqual((1, "2", "1"), (status, suite.get("tests"), suite.get("failures")))
        self.assertEqual("got 3\tnot 4", suite.find("testcase/failure").text)

    def test_unittest_file(self):
        file = self.write("some_test.py", """
import sys, unittest, junit_report
class SomeTest(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.fail("bad")
    def test_left_out(self): self.skipTest("why")
    def test_error(self): raise KeyError("x")
    @unittest.expectedFailure
    def test_known(self): self.fail("known")
    @unittest.expectedFailure
    def test_surprise(self): pass
sys.exit(junit_report.run_unittests())
""")
        status, suite = self.run_program([str(file)])
        self.assertEqual((1, "6", "3", "1"), (
            status, suite.get("tests"), suite.get("failures"), suite.get("skipped")))
        self.assertIn("SomeTest.test_good", {case.get("name") for case in suite.iter("testcase")})

    def test_unittest_file_without_cases_fails(self):
        file = self.write("none_test.py", "import sys, junit_report\n"
                          "sys.exit(junit_report.run_unittests())\n")
        status, suite = self.run_program([str(file)])
        self.assertEqual((1, "1"), (status, suite.get("failures")))


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
