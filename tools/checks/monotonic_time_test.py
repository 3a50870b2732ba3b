"""Wall clocks are found in the library, and nowhere else."""

import sys

import junit_report
import monotonic_time
from source_tree_for_test import SourceTreeTest

_FORBIDDEN = [
    "clock_gettime(CLOCK_REALTIME, &now);",
    "const auto now = std::chrono::system_clock::now();",
    "gettimeofday(&now, nullptr);",
    "absl::Time now = absl::Now();",
    "return time(nullptr) + 5;",
    "sem_timedwait(&semaphore, &end);",
    "pthread_mutex_timedlock(&mutex, &end);",
]
_ALLOWED = """
clock_gettime(CLOCK_MONOTONIC, &now);
const auto now = std::chrono::steady_clock::now();
deadline.time(0); worker->time(0); start_time(0); a time (of day)
"""


class MonotonicTimeTest(SourceTreeTest):

    def test_each_wall_clock_is_found(self):
        for line in _FORBIDDEN:
            self.write("billiard_core/os/clock.cc", f"first\n{line}\n")
            self.assertEqual([f"billiard_core/os/clock.cc:2: {line}"],
                             monotonic_time.findings(self.root))

    def test_other_text_is_free(self):
        self.write("billiard_core/os/clock.cc", _ALLOWED)
        self.write("billiard_core/os/DESIGN.md", _FORBIDDEN[0])
        self.write("tests/core/clock_test.cc", _FORBIDDEN[0])
        self.write("billiard_core/logging/line_format.cc", _FORBIDDEN[0])
        self.assertEqual([], monotonic_time.findings(self.root))


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
