"""No hot path takes more instructions than bounds.tsv says."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import instructions
import junit_report

_PROGRAM = os.environ.get("HOT_PATHS", "benchmarks/instructions/hot_paths")
_BOUNDS = instructions.read_bounds((Path(__file__).resolve().parent / "bounds.tsv").read_text())


class InstructionsTest(unittest.TestCase):

    def check(self, path: str) -> None:
        count = instructions.of_path(_PROGRAM, path)
        print(f"{path}: {count:.1f} instructions, at most {_BOUNDS[path]:g}")
        self.assertGreater(count, 1, "something was optimised away, or nothing was counted")
        self.assertLessEqual(count, _BOUNDS[path], "benchmarks/instructions/README.md tells what to do")

    def test_lock_pair(self):
        self.check("lock_pair")

    def test_semaphore_pair(self):
        self.check("semaphore_pair")

    def test_queue_put_get(self):
        self.check("queue_put_get")

    def test_value_add(self):
        self.check("value_add")

    def test_submit(self):
        self.check("submit")

    def test_job(self):
        self.check("job")

    def test_every_bound_is_looked_at(self):
        tested = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        self.assertLessEqual(set(_BOUNDS), tested)


class ReadingTest(unittest.TestCase):

    def test_the_sum_of_a_callgrind_file(self):
        self.assertEqual(1234, instructions.read_total("version: 1\nsummary: 1234\nfn=x\n"))
        self.assertEqual(7, instructions.read_total("events: Ir\ntotals: 7\n"))
        with self.assertRaises(ValueError):
            instructions.read_total("events: Ir\n")

    def test_a_path_that_does_not_exist_is_an_error(self):
        with self.assertRaisesRegex(RuntimeError, "there is no path nowhere"):
            instructions.of_path(_PROGRAM, "nowhere")


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
