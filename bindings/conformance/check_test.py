#!/usr/bin/env -S python3 -B
"""The checker must find every way in which a runner can be wrong: it runs against false ones."""

import os
import stat
import sys
import tempfile
import textwrap
import unittest

import check
import junit_report
import runner
import together
from scenario_table import Scenario, TableError, read_table

_TABLE = "\t".join(["name", "spec", "steps", "expected", "c", "ruby", "go", "lua"]) + "\n" + (
    "one\tPOOL-1\tsteps\tok {nonce}\t\t\t\t\n"
    "two\tPOOL-2\tsteps\tok 2\t\t\tnot possible: no fork\t\n"
    "queue_between_languages\tQUEUE-1\tsteps\tok 16\t\t\t\t\n")

_GOOD_RUNNER = """
    if [ "$1" = --list ]; then echo one; echo two; echo queue_between_languages; exit; fi
    if [ "$2" = --peer ]; then
      if [ "$3" = put ]; then printf 'queue_between_languages\\t%s\\tok put 16\\n' "$1"
      else printf 'queue_between_languages\\t%s\\tok 16\\n' "$1"; fi
      exit
    fi
    case $2 in
      one) printf 'one\\t%s\\tok %s\\n' "$1" "$1";;
      two) printf 'two\\t%s\\tok 2\\n' "$1";;
    esac
"""

_ASSISTED_TABLE = _TABLE + "three\tSYNC-1\tStart the assistant hold L.\tok held\t\t\t\t\n"

# The roles that the checker starts, of processes that have counted together for %d rounds.
_ASSISTED_RUNNER = """
    if [ "$1" = --list ]; then echo three; exit; fi
    if [ "$2" = three ]; then
      printf 'three\\t%%s\\tok %%s\\n' "$1" "$("${BILLIARD_ASSISTANT:-$0}" "$1" --assist hold L)"
      exit
    fi
    case $3 in
      hold) echo held;;
      set_event) echo done;;
      wait_barrier) echo ready; echo 1;;
      hold_together) echo ready; echo held; exec cat;;
      together)
        rounds=$7 told=0
        if [ "$5" != "$6" ] && mkdir "$(dirname "$0")/told-$4" 2> /dev/null; then told=1; fi
        added=$(($6 * rounds))
        echo ready
        echo "$added $added $added $((added * (rounds + 1) / 2)) size=0 recovered=$told"
        exec cat;;
    esac
""".replace("%d", str(together.ROUNDS)).replace("%%", "%")


class CheckTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.table = self.write("table.tsv", _TABLE)

    def write(self, name: str, text: str) -> str:
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def runner(self, script: str) -> str:
        path = self.write("runner.sh", "#!/bin/sh\n" + textwrap.dedent(script))
        os.chmod(path, stat.S_IRWXU)
        return path

    def counts(self, script: str, language: str = "c") -> tuple[int, int, int]:
        report = junit_report.Report("test")
        one = runner.Runner(language, self.runner(script))
        check.check_language(report, read_table(self.table), one)
        return tuple(report.count(kind) for kind in ("passed", "failed", "skipped"))

    def test_accepts_a_good_runner(self):
        self.assertEqual(self.counts(_GOOD_RUNNER), (3, 0, 0))

    def test_finds_a_missing_scenario(self):
        script = _GOOD_RUNNER.replace("echo two;", "").replace("two) printf", "none) printf")
        self.assertEqual(self.counts(script), (1, 2, 0))

    def test_skips_what_a_language_has_not_bound_yet(self):
        self.table = self.write("table.tsv", _TABLE.replace(
            "ok 2\t", "ok 2\tnot bound yet: processes"))
        script = _GOOD_RUNNER.replace("echo two;", "").replace("two) printf", "none) printf")
        self.assertEqual(self.counts(script), (2, 0, 1))
        self.assertEqual(self.counts(_GOOD_RUNNER), (1, 1, 1), "the table is behind")

    def test_finds_an_extra_scenario(self):
        script = _GOOD_RUNNER.replace("echo two;", "echo two; echo three;")
        self.assertEqual(self.counts(script), (2, 1, 0))

    def test_finds_a_scenario_listed_twice(self):
        script = _GOOD_RUNNER.replace("echo two;", "echo two; echo two;")
        self.assertEqual(self.counts(script), (2, 1, 0))

    def test_finds_a_wrong_outcome(self):
        self.assertEqual(self.counts(_GOOD_RUNNER.replace("tok 2", "tok 3")), (2, 1, 0))

    def test_finds_an_old_nonce(self):
        script = _GOOD_RUNNER.replace(r"""tok 2\n' "$1";;""", r"""tok 2\n' 0123456789abcdef;;""")
        self.assertNotEqual(script, _GOOD_RUNNER)
        self.assertEqual(self.counts(script), (2, 1, 0))

    def test_finds_a_scenario_that_printed_nothing(self):
        self.assertEqual(self.counts(_GOOD_RUNNER.replace("two) printf", "two) true")), (2, 1, 0))

    def test_finds_extra_lines(self):
        self.assertEqual(self.counts(_GOOD_RUNNER.replace("esac", "esac; echo more")), (1, 2, 0))

    def test_finds_an_exit_status(self):
        self.assertEqual(self.counts(_GOOD_RUNNER + "exit 1\n"), (1, 2, 0))

    def test_counts_what_is_not_possible_apart(self):
        script = _GOOD_RUNNER.replace("tok 2", "tnot possible: no fork")
        self.assertEqual(self.counts(script, "go"), (2, 0, 1))

    def test_a_runner_can_not_decide_what_is_not_possible(self):
        script = _GOOD_RUNNER.replace("tok 2", "tnot possible: no fork")
        self.assertEqual(self.counts(script, "ruby"), (2, 1, 0))

    def test_not_possible_needs_the_words_of_the_table(self):
        self.assertEqual(self.counts(_GOOD_RUNNER, "go"), (2, 1, 0))

    def test_a_hanging_runner_is_ended(self):
        limit = runner.LIMIT_SECONDS
        runner.LIMIT_SECONDS = 1
        self.addCleanup(setattr, runner, "LIMIT_SECONDS", limit)
        script = _GOOD_RUNNER.replace("two) printf", "two) exec sleep 1000;; three) printf")
        self.assertEqual(self.counts(script), (2, 1, 0))

    def pair_counts(self, script: str, languages) -> tuple[int, int]:
        report = junit_report.Report("test")
        runners = [runner.Runner(language, self.runner(script)) for language in languages]
        check.check_pairs(report, read_table(self.table), runners)
        return report.count("passed"), report.count("failed")

    def test_pairs_need_all_languages(self):
        self.assertEqual(self.pair_counts(_GOOD_RUNNER, ["c", "go"]), (4, 1))

    def test_pairs_play_every_ordered_pair(self):
        self.assertEqual(self.pair_counts(_GOOD_RUNNER, ["c", "go", "ruby", "lua"]), (17, 0))

    def test_pairs_find_a_wrong_half(self):
        script = _GOOD_RUNNER.replace("tok put 16", "tok put 15")
        self.assertEqual(self.pair_counts(script, ["c", "go", "ruby", "lua"]), (1, 16))

    def assisted_counts(self, mode, script: str, wrong_script: str = "") -> tuple[int, int]:
        """With a good runner for four languages, or with a wrong one for the last of them."""
        table = read_table(self.write("assisted.tsv", _ASSISTED_TABLE))
        good = self.runner(script)
        wrong = good
        if wrong_script:
            wrong = self.write("wrong.sh", "#!/bin/sh\n" + textwrap.dedent(wrong_script))
            os.chmod(wrong, stat.S_IRWXU)
        programs = {"c": good, "go": good, "ruby": good, "lua": wrong}
        report = junit_report.Report("test")
        mode(report, table, [runner.Runner(*one) for one in programs.items()])
        return report.count("passed"), report.count("failed")

    def test_assistants_of_every_language(self):
        self.assertEqual(self.assisted_counts(check.check_assistants, _ASSISTED_RUNNER), (18, 0))

    def test_finds_an_assistant_that_says_something_else(self):
        wrong = _ASSISTED_RUNNER.replace("hold) echo held", "hold) echo waits")
        self.assertEqual(
            self.assisted_counts(check.check_assistants, _ASSISTED_RUNNER, wrong), (14, 4))

    def test_finds_a_player_that_starts_its_own_assistant(self):
        own = _ASSISTED_RUNNER.replace("${BILLIARD_ASSISTANT:-$0}", "$0")
        wrong = own.replace("hold) echo held", "hold) echo waits")
        self.assertEqual(self.assisted_counts(check.check_assistants, own, wrong), (14, 4))

    def together_counts(self, script: str, wrong_script: str = "") -> tuple[int, int]:
        return self.assisted_counts(check.check_together, script, wrong_script)

    def test_together(self):
        self.assertEqual(self.together_counts(_ASSISTED_RUNNER), (25, 0))

    def test_together_finds_a_lost_count(self):
        wrong = _ASSISTED_RUNNER.replace("$added $added $added", "$added $((added - 1)) $added")
        self.assertEqual(self.together_counts(_ASSISTED_RUNNER, wrong), (14, 11))

    def test_together_finds_counts_that_are_two_rounds_apart(self):
        wrong = _ASSISTED_RUNNER.replace("$added $added $added", "$added $added $((added - 2))")
        self.assertEqual(self.together_counts(_ASSISTED_RUNNER, wrong), (14, 11))

    def test_together_finds_that_nobody_was_told(self):
        silent = _ASSISTED_RUNNER.replace("told=1", "told=0")
        self.assertEqual(self.together_counts(silent), (21, 4))

    def test_together_finds_that_all_were_told(self):
        loud = _ASSISTED_RUNNER.replace("mkdir", "true")
        self.assertEqual(self.together_counts(loud), (21, 4))

    def test_together_finds_a_bad_end(self):
        wrong = _ASSISTED_RUNNER.replace("exec cat;;\n    esac", "exit 1;;\n    esac")
        self.assertNotEqual(wrong, _ASSISTED_RUNNER)
        self.assertEqual(self.together_counts(_ASSISTED_RUNNER, wrong), (14, 11))

    def test_together_ends_a_silent_process(self):
        limit = runner.LIMIT_SECONDS
        runner.LIMIT_SECONDS = 0.2
        self.addCleanup(setattr, runner, "LIMIT_SECONDS", limit)
        wrong = _ASSISTED_RUNNER.replace("echo ready", "exec sleep 1000")
        self.assertEqual(self.together_counts(_ASSISTED_RUNNER, wrong), (10, 15))


class TableTest(unittest.TestCase):

    def read(self, text: str) -> dict[str, Scenario]:
        with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            return read_table(file.name)

    def test_reads_names_and_own_outcomes(self):
        table = self.read(_TABLE)
        self.assertEqual(list(table), ["one", "two", "queue_between_languages"])
        self.assertEqual(table["one"].outcome("c", "abc"), "ok abc")
        self.assertFalse(table["two"].possible("go"))
        self.assertTrue(table["two"].possible("lua"))

    def test_refuses_wrong_tables(self):
        line = "one\tPOOL-1\tsteps\tok {nonce}\t\t\t\t\n"
        for wrong in (_TABLE.replace("steps\texpected", "expected\tsteps"),
                      _TABLE + line,
                      _TABLE.replace("\tPOOL-1\t", "\t\t"),
                      _TABLE.replace("ok {nonce}\t", "ok {nonce}"),
                      _TABLE.replace("queue_between_languages", "another")):
            with self.assertRaises(TableError):
                self.read(wrong)


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
