"""What is read out of Google Benchmark's reports, and that the table names benchmarks that exist."""

import re
import sys
import unittest
from pathlib import Path

import junit_report
import ratios

_FOLDER = Path(__file__).resolve().parent


def _run(name: str, real: float, cpu: float, **more) -> dict:
    return {"name": name, "run_type": "iteration", "real_time": real, "cpu_time": cpu,
            "time_unit": "ns"} | more


_REPORT = {"benchmarks": [
    _run("Pair/Ours", 9, 8), _run("Pair/Ours", 7, 6), _run("Pair/Ours", 50, 40),
    {"name": "Pair/Ours_mean", "run_type": "aggregate", "real_time": 1, "cpu_time": 1,
     "time_unit": "ns"},
    _run("Trip/Ours/real_time", 3, 1, time_unit="us"),
    _run("Two/Ours/real_time", 9, 8, items_per_second=2e8),
    _run("Pair/Limit", 12, 12),
]}


class RatiosTest(unittest.TestCase):

    def test_cpu_is_the_least_of_all_repetitions(self):
        self.assertEqual(ratios.cost(_REPORT, "Pair/Ours", "cpu"), 6)

    def test_wall_is_the_median(self):
        self.assertEqual(ratios.cost(_REPORT, "Pair/Ours", "wall"), 9)

    def test_units_and_items(self):
        self.assertEqual(ratios.cost(_REPORT, "Trip/Ours", "wall"), 3000)
        self.assertEqual(ratios.cost(_REPORT, "Two/Ours", "wall"), 5)

    def test_a_name_that_is_none(self):
        with self.assertRaisesRegex(ValueError, "no benchmark is called Pair/Our$"):
            ratios.cost(_REPORT, "Pair/Our", "cpu")

    def test_what_is_over_its_bar_is_marked(self):
        rows = ratios.read_table("# what\na\tx\tPair/Ours\tPair/Limit\tcpu\t0.6\n"
                                 "b\tx\tPair/Ours\tPair/Limit\tcpu\t0.4\n"
                                 "c\tx\tPair/Ours\tPair/Limit\tcpu\t-\n")
        lines = ratios.to_text(rows, {"x": _REPORT}).splitlines()[1:]
        self.assertEqual([" 0.50 " in line for line in lines], [True] * 3)
        self.assertEqual([line.endswith("!") for line in lines], [False, True, False])

    def test_the_table_names_what_is_there(self):
        for row in ratios.read_table((_FOLDER / "ratios.tsv").read_text()):
            source = (_FOLDER / f"{row.binary}_benchmark.cc").read_text()
            for name in (row.ours, row.limit):
                self.assertIn(f'"{re.sub("/(cpus:)?[0-9]+$", "", name)}"', source, row.what)


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
