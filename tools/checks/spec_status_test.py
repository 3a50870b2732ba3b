"""Good and bad ledgers: each mistake is found and named, and nothing else is."""

import contextlib
import io
import sys

import junit_report
import spec_status
from source_tree_for_test import SourceTreeTest


class SpecStatusTest(SourceTreeTest):

    def setUp(self):
        super().setUp()
        self.write("tests/BUILD.bazel", """
load("@rules_cc//cc:cc_test.bzl", "cc_test")
cc_test(name = "queue_test", srcs = ["queue_test.cc"])
cc_library(name = "support", srcs = ["queue_test.cc"])
""")
        self.write("tests/queue_test.cc", """
TEST(QueueTest, TakesOldestFirst) {}
// TEST(QueueTest, CommentedOut) {}
TEST(QueueTest, DISABLED_Later) {}
""")
        self.write("bindings/conformance/scenarios.tsv",
                   "# remark\nname\tspec\nput-then-get\tPOOL-1\n")

    def problems(self, statuses: dict[str, str], ids=None, extra: str = "") -> list[str]:
        rows = "".join(f"| {id} | what {id} is | {status} |\n" for id, status in statuses.items())
        self.write("docs/spec-status.md", "# Ledger\n| like | this |\n## Part\n"
                   "| id | what | status |\n|---|---|---|\n" + rows + extra)
        self.write("docs/spec-ids.txt", "# ids\n" + "\n".join(ids or statuses) + "\n")
        found = spec_status.problems_by_rule(self.root)
        return [problem for problems in found.values() for problem in problems]

    def only_problem(self, *arguments, **options) -> str:
        problems = self.problems(*arguments, **options)
        self.assertEqual(len(problems), 1, problems)
        return problems[0]

    def test_good_ledger_has_no_problem(self):
        self.assertEqual([], self.problems({
            "POOL-1": "not done",
            "POOL-2": "not applicable: Windows only",
            "QUEUE-1": "//tests:queue_test",
            "QUEUE-2": "//tests:queue_test#QueueTest.TakesOldestFirst<br>conformance:put-then-get",
            "G-QUEUE-1": "`//tests:queue_test`",
        }))

    def test_id_without_row(self):
        problem = self.only_problem({"POOL-1": "not done"}, ids=["POOL-1", "UTIL-83a"])
        self.assertIn("UTIL-83a has no row", problem)

    def test_duplicate_row(self):
        problems = self.problems({"POOL-1": "not done"}, extra="| POOL-1 | again | not done |\n")
        self.assertEqual(["row POOL-1 (line 6): the id has 2 rows",
                          "row POOL-1 (line 7): the id has 2 rows"], problems)

    def test_row_of_unknown_id(self):
        problem = self.only_problem({"POOL-1": "not done", "POOL-9": "not done"}, ids=["POOL-1"])
        self.assertIn("row POOL-9 (line 7): the id is not in docs/spec-ids.txt", problem)

    def test_row_without_title_or_status(self):
        for broken in ("| POOL-2 |  | not done |\n", "| POOL-2 | what |  |\n", "| POOL-2 | x |\n"):
            problems = self.problems({"POOL-1": "not done"}, extra=broken)
            self.assertEqual(1, len(problems), problems)
            self.assertIn("line 7 needs id, title and status", problems[0])

    def test_unknown_status_word(self):
        for word in ("done", "Not done", "not applicable", "not applicable: ", "tests:queue_test"):
            self.assertIn("is no status and no test name", self.only_problem({"POOL-1": word}))

    def test_missing_package_target_case_and_scenario(self):
        for status, complaint in {
            "//nowhere:queue_test": "no target //nowhere:queue_test",
            "//tests:gone_test": "no target //tests:gone_test",
            "//tests:queue_test#QueueTest.Gone": "no case 'QueueTest.Gone'",
            "//tests:queue_test#QueueTest.CommentedOut": "no case 'QueueTest.CommentedOut'",
            "//tests:queue_test#QueueTest.DISABLED_Later": "no case 'QueueTest.DISABLED_Later'",
            "conformance:gone": "no scenario 'gone'",
            "conformance:name": "no scenario 'name'",
        }.items():
            problem = self.only_problem({"POOL-1": status})
            self.assertIn("row POOL-1", problem)
            self.assertIn(complaint, problem)

    def test_library_is_not_a_test(self):
        self.assertIn("is a cc_library and not a test",
                      self.only_problem({"POOL-1": "//tests:support"}))

    def test_one_bad_name_among_good_ones(self):
        problem = self.only_problem({"POOL-1": "//tests:queue_test<br>//tests:gone_test"})
        self.assertIn("gone_test", problem)

    def test_scenario_of_unknown_id(self):
        self.write("bindings/conformance/scenarios.tsv", "name\tspec\nsome\tPOOL-1 POOL-999\n")
        problem = self.only_problem({"POOL-1": "conformance:some"})
        self.assertIn("scenario some", problem)
        self.assertIn("POOL-999 is not in docs/spec-ids.txt", problem)

    def test_program_fails_and_names_the_row(self):
        self.problems({"POOL-1": "whatever"})
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            status = spec_status.main(["--root", str(self.root)])
        self.assertEqual(1, status)
        self.assertIn("row POOL-1 (line 6)", errors.getvalue())


class AgainstSpecificationTest(SourceTreeTest):

    def setUp(self):
        super().setUp()
        self.write("spec/pool.md", """
Words about POOL-99 define nothing.
| id | parameter |
|---|---|
| POOL-1 | processes |
* POOL-83a Something.
## Known weaknesses
* W-POOL-1 Something bad.
* G-POOL-1 **Something** better.
""")
        self.write("spec/tests.md", """
### Restart limiter (test_common.py)
| test_restart_state.test_raises | Y | pins |
| \u2026test_resets | P | pins |
## 2. integration
| _TestOther.test_python_only | N | pins |
| \u2026test_kept | Y | pins |
| _TestValue.test_value / test_raw (processes) | Y | pins |
| GAP-19b | scenario | Ref | required |
""")
        self.write("anchors/users.md", "1 P A pain.\n  G A cure.\n")

    def write_ids(self) -> int:
        self.write("docs/spec-status.md", "## Part\n")
        self.write("docs/spec-ids.txt", "")
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            return spec_status.main(["--root", str(self.root), "--against",
                                     str(self.root / "spec"), "--write-ids"])

    def test_writes_every_id_but_the_weaknesses(self):
        self.assertEqual(1, self.write_ids())  # No row yet for any of them.
        lines = (self.root / "docs/spec-ids.txt").read_text().splitlines()
        self.assertEqual([
            "POOL-1", "POOL-83a", "G-POOL-1", "GAP-19b",
            "T:common.restart_state.test_raises", "T:common.restart_state.test_resets",
            "T:TestOther.test_kept", "T:TestValue.test_value", "T:TestValue.test_raw", "USR-1",
        ], lines[1:])

    def test_reports_ids_on_one_side_only(self):
        self.write_ids()
        ids = self.root / "docs/spec-ids.txt"
        ids.write_text(ids.read_text().replace("POOL-83a", "POOL-84"))
        problems = spec_status.problems_by_rule(self.root, self.root / "spec")
        self.assertEqual(
            ["POOL-83a is specified but not in docs/spec-ids.txt",
             "POOL-84 is in docs/spec-ids.txt but not specified"],
            problems["the ids are those of the specification"])


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
