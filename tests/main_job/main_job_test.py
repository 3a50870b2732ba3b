#!/usr/bin/env -S python3 -B
"""One language's main job against the reference command, as docs/main-job.md has it.

    main_job_test.py LANGUAGE PROGRAM
"""

import os
import pty
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile
import unittest

import junit_report
import tree

LANGUAGE, PROGRAM = sys.argv[1], os.path.abspath(sys.argv[2])
del sys.argv[1:]

LIMIT_SECONDS = 240

# Root may read everything, unless these rights are taken from it.
_LIKE_A_USER = (["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
                if os.geteuid() == 0 else [])

_WORKERS = re.compile(rf"{LANGUAGE} workers=(\d+) pids=([\d,]+)")
_SUMMARY = re.compile(rf"{LANGUAGE} files=(\d+) bytes=(\d+) files_per_s=\d+\.\d "
                      r"digest=([0-9a-f]{64})(?: unreadable=(\d+))?")
_LOST = re.compile(rf'{LANGUAGE} lost worker=(\d+) signal=9 job=\d+ file="([^"]*)" '
                   r"after_s=\d+\.\d{3}; retried")
_BETWEEN = re.compile(rf"{LANGUAGE} killed worker=(\d+) between jobs; taking another")


class MainJobTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.folder = folder.name
        cls.tree = os.path.join(folder.name, "tree with a space")
        tree.make_tree(cls.tree, unreadable=False)
        cls.digest = tree.reference_digest(cls.tree)
        cls.big = os.path.join(folder.name, "big")
        tree.make_big_files(cls.big)

    def run_job(self, *arguments: str, prefix=()) -> subprocess.CompletedProcess:
        return subprocess.run([*prefix, PROGRAM, *arguments], capture_output=True, text=True,
                              timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL)

    def lines_of(self, result: subprocess.CompletedProcess, status: int = 0) -> list[str]:
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout.splitlines()

    def expect_summary(self, line: str, directory: str, digest: str):
        match = _SUMMARY.fullmatch(line)
        self.assertTrue(match, line)
        self.assertEqual(match[3], digest)
        self.assertEqual((int(match[1]), int(match[2])), tree.count_files(directory))
        return match[4]

    def expect_pids(self, line: str, workers: int) -> list[str]:
        match = _WORKERS.fullmatch(line)
        self.assertTrue(match, line)
        pids = match[2].split(",")
        self.assertEqual((int(match[1]), len(set(pids))), (workers, workers))
        return pids

    def test_digest_is_that_of_the_reference_command(self):
        result = self.run_job("--workers", "2", self.tree)
        pids, summary = self.lines_of(result)
        self.expect_pids(pids, 2)
        self.assertIsNone(self.expect_summary(summary, self.tree, self.digest))
        self.assertEqual(result.stderr, "")

    def test_number_of_workers_may_be_written_with_an_equals_sign(self):
        pids, summary = self.lines_of(self.run_job("--workers=3", "--", self.tree))
        self.expect_pids(pids, 3)
        self.expect_summary(summary, self.tree, self.digest)

    def test_empty_tree(self):
        empty = os.path.join(self.folder, "empty")
        os.mkdir(empty)
        self.addCleanup(os.rmdir, empty)
        digest = tree.reference_digest(empty)
        self.assertTrue(digest.startswith("e3b0c442"))
        self.expect_summary(self.lines_of(self.run_job(empty))[-1], empty, digest)

    def test_a_directory_given_by_a_symbolic_link(self):
        link = os.path.join(self.folder, "link")
        os.symlink(self.tree, link)
        self.addCleanup(os.remove, link)
        summary = self.lines_of(self.run_job(link))[-1]
        self.expect_summary(summary, self.tree, self.digest)

    def test_loses_a_worker_inside_a_job_and_keeps_the_digest(self):
        result = self.run_job("--workers", "2", "--kill-one", self.tree)
        lines = self.lines_of(result)
        self.expect_pids(lines[0], 2)
        self.expect_summary(lines[-1], self.tree, self.digest)
        lost = [line for line in lines[1:-1] if _LOST.fullmatch(line)]
        between = [line for line in lines[1:-1] if _BETWEEN.fullmatch(line)]
        self.assertGreaterEqual(len(lost), 1, lines)
        self.assertEqual(len(lost) + len(between), len(lines) - 2, lines)

    def test_loses_a_worker_in_a_tree_of_one_small_file(self):
        small = os.path.join(self.folder, "small")
        os.mkdir(small)
        with open(os.path.join(small, "a b\n"), "wb") as file:
            file.write(b"x" * 100_000)
        result = self.run_job("--workers", "2", "--kill-one", small)
        lines = self.lines_of(result)
        self.expect_summary(lines[-1], small, tree.reference_digest(small))
        names = [match[2] for match in map(_LOST.fullmatch, lines) if match]
        self.assertEqual(set(names), {"a b\\x0a"}, lines)

    def test_has_nothing_to_kill_in_an_empty_tree(self):
        with tempfile.TemporaryDirectory() as empty:
            result = self.run_job("--kill-one", empty)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, f"{LANGUAGE} kill-one: no file to hash\n")

    def test_reports_what_it_may_not_read_and_goes_on(self):
        forbidden = os.path.join(self.folder, "forbidden")
        tree.make_tree(forbidden, unreadable=True)
        os.chmod(forbidden, 0o755)
        self.addCleanup(os.chmod, os.path.join(forbidden, "forbidden directory"), 0o755)
        digest = tree.reference_digest(forbidden, _LIKE_A_USER)
        result = self.run_job("--workers", "2", forbidden, prefix=_LIKE_A_USER)
        summary = self.lines_of(result, status=1)[-1]
        match = _SUMMARY.fullmatch(summary)
        self.assertTrue(match, summary)
        self.assertEqual((match[3], match[4]), (digest, "2"))
        reports = sorted(result.stderr.splitlines())
        self.assertEqual(len(reports), 2, result.stderr)
        self.assertIn('file="forbidden directory"', reports[0])
        self.assertIn('file="forbidden\\x0afile"', reports[1])
        self.assertRegex(reports[1], rf'^{LANGUAGE} unreadable file="[^"]*" .*Permission denied')

    def test_wrong_calls_are_named(self):
        for arguments, name in ((["--workers", "0", self.tree], "0"),
                                (["--workers", "-2", self.tree], "-2"),
                                (["--workers", "many", self.tree], "many"),
                                (["--workers"], "--workers"),
                                (["--no-such-option"], "--no-such-option"),
                                ([self.tree, "/tmp"], "/tmp"),
                                (["/nonexistent/folder"], "/nonexistent/folder"),
                                ([PROGRAM], PROGRAM)):
            with self.subTest(arguments=arguments):
                result = self.run_job(*arguments)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(name, result.stderr)
                self.assertEqual(result.stdout, "")

    def test_hashing_happens_in_the_workers(self):
        """The host's CPU time stays below half of the total, on files that take a while."""
        hash_seconds = self.cpu_seconds(["bash", "-c", tree.REFERENCE], cwd=self.big)
        # Workers are no children of the host, so this counts the host alone.
        host_seconds = self.cpu_seconds([PROGRAM, "--workers", "2", self.big])
        self.assertLess(host_seconds, hash_seconds)

    def cpu_seconds(self, command: list[str], **options) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=LIMIT_SECONDS,
                       **options)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    def test_a_killed_host_leaves_no_worker(self):
        host = subprocess.Popen([PROGRAM, "--workers", "2", self.big], stdout=subprocess.PIPE,
                                text=True)
        pids = self.expect_pids(host.stdout.readline().rstrip("\n"), 2)
        workers = [os.pidfd_open(int(pid)) for pid in pids]
        host.send_signal(signal.SIGKILL)
        host.wait()
        host.stdout.close()
        for worker in workers:
            self.assert_ends(worker)

    def assert_ends(self, pidfd: int):
        ready, _, _ = select.select([pidfd], [], [], 30)
        os.close(pidfd)
        self.assertTrue(ready, "a worker outlived its host")

    def test_shows_progress_on_a_terminal_alone(self):
        terminal, inner = pty.openpty()
        result = subprocess.run([PROGRAM, "--workers", "1", self.big], stdout=subprocess.PIPE,
                                stderr=inner, stdin=subprocess.DEVNULL, text=True,
                                timeout=LIMIT_SECONDS)
        os.close(inner)
        shown = os.read(terminal, 1 << 16).decode()
        os.close(terminal)
        self.assertEqual(result.returncode, 0)
        self.assertRegex(shown, rf"\r{LANGUAGE} \d+/\d+ files")
        self.assertEqual(len(result.stdout.splitlines()), 2)


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
