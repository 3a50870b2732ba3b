"""What tools/bench makes of the lines of its programs: figures, ratios, verdicts, absent peers, pages."""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.append(str(Path(__file__).resolve().parents[2] / "tools" / "checks"))
import comparison  # pylint: disable=wrong-import-position
import engines
import held
import junit_report
import lines
import machine
import programs
import readme_region
import scaling
import summary
import table
import texts
import validity
from catalogue import OURS, WORKLOADS, Limit, Target, Workload
from summary import Run


class LinesTest(unittest.TestCase):

    def test_lines_are_read_with_what_they_leave_out(self):
        read = lines.read_lines('{"name": "a", "variant": "v", "build": "debug", "ns": 2.5, "p99_ns": 9, "items": 7}\n'
                                '\n{"name": "b", "ns": 1}\n')
        self.assertEqual([lines.Line("a", "v", 2.5, 9.0, 7, "debug"), lines.Line("b", "", 1.0, None, 0, "")], read)

    def test_what_is_no_line_of_figures_is_an_error(self):
        for text in ("", "hello\n", '{"name": "a"}\n', '{"name": "a", "ns": 0}\n', '{"name": "a", "ns": "x"}\n',
                     '{"name": "a", "ns": NaN}\n', "[1]\n"):
            with self.subTest(text), self.assertRaises(ValueError):
                lines.read_lines(text)


def workload(**changes) -> Workload:
    values = {"name": "w", "title": "W", "program": "w", "limits": {"limit": Limit(("probe",))}, "peers": ("p", "q")}
    return Workload(**{**values, **changes})


RUNS = [
    Run("w", "ours", "core", 0, "", 10, 50), Run("w", "ours", "core", 1, "", 20, 60),
    Run("w", "ours", "core", 2, "", 40, 70), Run("w", "limit", "limit", 0, "spin", 5, 8),
    Run("w", "limit", "limit", 0, "futex", 9, 9), Run("w", "limit", "limit", 1, "spin", 99, 99),
    Run("w", "limit", "limit", 1, "futex", 5, 20), Run("w", "limit", "limit", 2, "futex", 30, 35),
    Run("w", "peer", "p", 0, "", 1000), Run("w", "peer", "p", 1, "", 1000), Run("w", "peer", "q", 0, "", 15),
    Run("w", "peer", "q", 1, "", 15),
]


class SummaryTest(unittest.TestCase):

    def judge(self, *target, **named):
        return summary.judge(workload(), Target(*target, **named), RUNS)

    def test_the_best_way_of_a_probe_counts_in_each_round(self):
        self.assertEqual({0: 5, 1: 5, 2: 30}, summary.of_rounds(RUNS, "limit", "limit", "*"))

    def test_a_ratio_is_the_median_of_the_rounds_that_both_have(self):
        self.assertEqual(2, summary.median_ratio({0: 4, 1: 90, 2: 8, 7: 1}, {0: 2, 1: 1, 2: 8, 9: 1}))
        self.assertIsNone(summary.median_ratio({0: 1}, {1: 1}))

    def test_a_figure_has_its_spread(self):
        self.assertEqual(summary.Figure(20, 10, 40, 3), summary.figure({0: 10, 1: 40, 2: 20}))
        self.assertIsNone(summary.figure({}))

    def test_speed_and_cost_are_each_others_inverse(self):
        speed, cost = self.judge("speed", 0.5), self.judge("cost", 2)
        self.assertEqual((0.5, True), (speed.value, speed.good))
        self.assertEqual((2, True), (cost.value, cost.good))
        self.assertFalse(self.judge("speed", 0.51).good)
        self.assertFalse(self.judge("cost", 1.9).good)

    def test_the_tail_has_a_target_of_its_own(self):
        self.assertEqual(3, self.judge("cost", 3, measure="p99_ns").value)

    def test_times_and_rates_need_nobody_else(self):
        self.assertEqual((20, True), (self.judge("ns", 20).value, self.judge("ns", 20).good))
        self.assertEqual((5e7, False), (self.judge("per second", 6e7).value, self.judge("per second", 6e7).good))

    def test_a_peer_may_be_what_is_compared_with(self):
        self.assertEqual(75, self.judge("speed", 100, "p").value)

    def test_the_best_peer_is_named(self):
        verdict = self.judge("ahead", 1, "peers")
        self.assertEqual(("q", 1.125, True), (verdict.note, verdict.value, verdict.good))

    def test_what_was_not_measured_is_neither_good_nor_bad(self):
        for target in (Target("speed", 1, "nobody"), Target("cost", 1, engine="lua"), Target("ns", 1, variant="end")):
            verdict = summary.judge(workload(), target, RUNS)
            self.assertIsNone(verdict.good)
            self.assertIn("was not measured", verdict.note)

    def test_no_peer_is_nobody_to_be_ahead_of(self):
        self.assertIsNone(summary.judge(workload(peers=()), Target("ahead", 1, "peers"), RUNS).good)


class ValidityTest(unittest.TestCase):
    EXPECTED = validity.read_expected("# note\nmachine\tAMD EPYC\t2 CPUs\nprobe\t--a=1\t*\t100\n")
    LIKE = {"cpu": "AMD EPYC 9R14", "cpus": 2}

    def test_a_probe_at_half_the_known_speed_is_still_valid(self):
        say = lambda ns: validity.verdict(self.EXPECTED, self.LIKE, ("probe", "--a=1"), "*", ns)
        self.assertEqual(("valid", "invalid"), (say(200), say(201)))

    def test_nothing_is_known_of_other_machines_and_probes(self):
        for machine_, command in (({**self.LIKE, "cpus": 8}, ("probe", "--a=1")),
                                  ({"cpu": "Xeon", "cpus": 2}, ("probe", "--a=1")), (self.LIKE, ("probe",))):
            self.assertEqual("unknown", validity.verdict(self.EXPECTED, machine_, command, "*", 1e9))

    def test_every_probe_of_the_catalogue_has_its_figure(self):
        known = validity.load_expected().figures
        unknown = [(workload.name, limit.command) for workload in WORKLOADS for limit in workload.limits.values()
                   if (limit.command[0], " ".join(limit.command[1:]), limit.variant) not in known
                   and not limit.command[0].startswith("workloads_") and "--rss_mb=256" not in limit.command]
        self.assertEqual([], unknown)


class EnginesTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def engines(self, peers=None):
        if peers is not None:
            (self.folder / "peers.json").write_text(json.dumps(peers))
        return engines.Engines(Path("bin"), self.folder)

    def test_without_set_up_only_what_python_has_is_there(self):
        absent = comparison.absent_peers(WORKLOADS, self.engines())
        self.assertEqual(engines.NOT_SET_UP, absent["billiard"])
        self.assertNotIn("multiprocessing", absent)

    def test_an_absent_peer_keeps_its_reason(self):
        found = self.engines({"ray": {"absent": "no wheel"}, "loky": {"version": "3"}})
        absent = comparison.absent_peers(WORKLOADS, found)
        self.assertEqual("no wheel", absent["ray"])
        self.assertNotIn("loky", absent)
        self.assertEqual("3", found.version("loky"))

    def test_absent_peers_have_no_step(self):
        pool = next(workload for workload in WORKLOADS if workload.name == "pool")
        steps = comparison.steps_of(pool, self.engines({"billiard": {"version": "4"}, "ray": {"absent": "x"}}))
        names = [step.engine for step in steps]
        self.assertIn("billiard", names)
        self.assertNotIn("ray", names)
        self.assertLessEqual({"limit", *OURS}, set(names))

    def test_every_peer_of_the_catalogue_can_be_started_somewhere(self):
        found = self.engines({})
        peers = {peer for workload in WORKLOADS for peer in workload.peers}
        started = {peer for workload in WORKLOADS for peer in workload.peers
                   if found.peer(peer, workload.program, workload.arguments)}
        self.assertEqual(peers, started)

    def test_names_of_workloads_are_unique(self):
        names = [workload.name for workload in WORKLOADS]
        self.assertEqual(len(set(names)), len(names))


class ProgramsTest(unittest.TestCase):
    """With real processes."""

    @staticmethod
    def python(text: str) -> list[str]:
        return [sys.executable, "-c", text]

    def test_the_lines_of_a_program(self):
        read = programs.run(self.python("import sys; print('{\"name\": \"x\", \"ns\": 3}') if "
                                        "sys.argv[1] == '--seconds=0.5' else None"), 0.5)
        self.assertEqual(3, read[0].ns)

    def test_the_last_words_of_one_that_fails(self):
        with self.assertRaisesRegex(programs.ProgramFailed, "exit status 3: no such thing"):
            programs.run(self.python("import sys; print('no such thing', file=sys.stderr); sys.exit(3)"), 0.5)

    def test_one_that_prints_nothing(self):
        with self.assertRaisesRegex(programs.ProgramFailed, "no figures"):
            programs.run(self.python("pass"), 0.5)

    def test_one_that_does_not_end_is_ended(self):
        with self.assertRaisesRegex(programs.ProgramFailed, "longer than"):
            programs.run(self.python("import time; time.sleep(1000)"), 0.5, timeout=0.2)

    def test_one_cpu_is_one_cpu(self):
        text = "import os; print('{\"name\": \"x\", \"ns\": %d}' % len(os.sched_getaffinity(0)))"
        self.assertEqual(1, programs.run(self.python(text), 0.5, cpus=1)[0].ns)

    def test_a_failing_program_is_told_once_and_left_out_afterwards(self):
        said = []
        one = workload(program="nothing", peers=(), ours=("core",), limits={})
        options = comparison.Options(rounds=3, seconds=0.01, patience=0, budget=60, timeout=5)
        done = comparison.Comparison([one], engines.Engines(Path("/nowhere")), options, said.append)
        done.run()
        self.assertEqual([("w", "core")], list(done.failures))
        self.assertEqual(1, len([text for text in said if text.startswith("    core")]))
        self.assertEqual([], done.runs)

    def test_what_there_is_no_time_for_is_listed(self):
        options = comparison.Options(rounds=2, seconds=0.01, patience=0, budget=-1, timeout=5)
        done = comparison.Comparison([workload()], engines.Engines(Path("/nowhere")), options, lambda text: None)
        done.run()
        self.assertEqual(["round 1: w", "round 2: w"], done.left_out)


    def test_a_program_that_takes_long_is_not_repeated(self):
        counts = []

        class Counting(comparison.Comparison):

            def _run_step(self, workload_, number, step):
                counts.append((number, step.engine))

        for bound, rounds in ((-1, 1), (60, 3)):
            counts.clear()
            options = comparison.Options(rounds=3, seconds=0.01, patience=0, budget=60, timeout=5, repeat_bound=bound)
            Counting([workload(ours=("core",), limits={}, peers=())], engines.Engines(Path("/nowhere")), options,
                     lambda text: None).run()
            self.assertEqual(rounds, len(counts))


class QuietTest(unittest.TestCase):

    def test_it_goes_on_as_soon_as_the_cpus_are_quiet(self):
        looks = iter([0.9, 0.5, 0.05])
        self.assertIsNone(machine.await_quiet(9, lambda _: next(looks), lambda: 0))

    def test_it_gives_up_and_says_how_busy_they_were(self):
        times = iter([0, 1, 2, 3, 4])
        self.assertEqual(0.9, machine.await_quiet(3, lambda _: 0.9, lambda: next(times)))

    def test_this_machine_has_a_description(self):
        about = machine.describe()
        self.assertEqual(len(os.sched_getaffinity(0)), about["cpus"])
        self.assertTrue(about["cpu"] and about["kernel"])


class PagesTest(unittest.TestCase):
    RESULT = {"machine": {"cpu": "X", "cpus": 2}, "disturbed": [], "when": "today", "command": "tools/bench",
              "rounds": 3, "seconds": 1, "steps": 3}

    def test_targets_that_hold_and_that_do_not(self):
        one = workload(targets=(Target("cost", 2), Target("speed", 0.9), Target("cost", 1, engine="lua")))
        text = table.targets([one], RUNS)
        self.assertIn("| W | at most 2 x limit | 2 x | yes |", text)
        self.assertIn("| W | at least 0.9 x limit | 0.5 x | **no** |", text)
        self.assertIn("| W | Lua: at most 1 x limit | - (lua was not measured) | ? |", text)

    def test_costs_have_their_spread_and_notes(self):
        text = table.details([workload()], RUNS, {("w", "limit"): " (**invalid**)"})
        self.assertIn("| W | C++ | 20 ns (10 ns to 40 ns), p99 60 ns | 1 x |", text)
        self.assertIn("limit: limit (**invalid**)", text)
        self.assertIn("peer: q", text)

    def test_the_page_says_when_the_cpus_were_busy_and_who_is_absent(self):
        page = table.page({**self.RESULT, "disturbed": [{}]}, RUNS, {"ray": "no wheel"}, {})
        self.assertIn("not quiet", page)
        self.assertIn("* ray: no wheel", page)
        self.assertIn("The CPUs were quiet", table.page(self.RESULT, RUNS, {}, {}))

    def test_the_region_of_the_readme(self):
        page = "a\n<!-- tools/bench --readme writes from here -->\nold\n<!-- to here -->\nb\n"
        new = readme_region.replace(page, "new")
        self.assertTrue(new.startswith("a\n") and new.endswith("\nb\n"))
        self.assertIn("new", new)
        self.assertNotIn("old", new)
        self.assertEqual(new, readme_region.replace(new, "new"))
        with self.assertRaises(ValueError):
            readme_region.replace("no region", "new")

    def test_numbers_as_people_read_them(self):
        self.assertEqual(["5.5 ns", "1.2 us", "3 ms", "2 s"], [texts.duration(ns) for ns in (5.5, 1200, 3e6, 2e9)])
        self.assertEqual(["3.14", "0.5", "214"], [texts.ratio(value) for value in (3.14159, 0.5, 213.7)])
        self.assertEqual(["100 B", "2 KiB", "1.5 MiB"], [texts.bytes_of(count) for count in (100, 2048, 1.5 * 2**20)])


class HeldTest(unittest.TestCase):

    def test_a_field_of_smaps_rollup(self):
        text = "0-1 ---p [rollup]\nRss:   100 kB\nPrivate_Dirty:  12 kB\n"
        self.assertEqual(12 * 1024, held.parse_kib(text, "Private_Dirty"))
        with self.assertRaises(ValueError):
            held.parse_kib(text, "Pss")

    def test_parent_and_ticks_of_a_program_with_an_odd_name(self):
        self.assertEqual((7, 30), held.parent_and_ticks("12 (a) b) S 7 1 1 0 -1 0 0 0 0 0 10 20 0 0"))

    def test_the_family_of_a_process(self):
        processes = {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (1, 0), 5: (3, 0)}
        self.assertEqual([2, 3, 5], sorted(held.family(2, processes)))

    def test_arguments_of_a_curve(self):
        self.assertEqual(("pool", "--workers=8"), scaling.filled(("pool", "--workers={}"), 8))


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
