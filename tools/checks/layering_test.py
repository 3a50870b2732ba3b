"""Dependencies that point up are found wherever they are written; others are left alone."""

import contextlib
import io
import sys

import junit_report
import layering
from source_tree_for_test import SourceTreeTest


class LayeringTest(SourceTreeTest):

    def setUp(self):
        super().setUp()
        for folder in ("base", "os", "pool", "queue"):
            self.write(f"billiard_core/{folder}/x.h", "")
        self.write("c_api/include/billiard/bp.h", "")
        self.write("bindings/ruby/x.h", "")

    def found(self) -> list[str]:
        return [place for places in layering.findings(self.root).values() for place in places]

    def test_includes_that_point_down(self):
        self.write("billiard_core/pool/a.cc", '#include "billiard_core/queue/x.h"\n'
                   '#include "billiard_core/pool/x.h"\n#include "absl/status/status.h"\n')
        self.write("c_api/src/a.cc", '#include "billiard/bp.h"\n'
                   '#include "billiard_core/pool/x.h"\n')
        self.write("bindings/ruby/a.i", '%include "billiard/bp.h"\n%include "typemaps.i"\n')
        self.assertEqual([], self.found())

    def test_includes_that_point_up(self):
        self.write("billiard_core/queue/a.cc", '\n#include "billiard_core/pool/x.h"\n')
        self.write("billiard_core/base/a.h", '#include "billiard/bp.h"\n')
        self.write("c_api/src/a.cc", '#include "bindings/ruby/x.h"\n')
        self.write("bindings/ruby/a.cc", '#include "billiard_core/pool/x.h"\n')
        self.assertEqual([
            "billiard_core/base/a.h:1: depends on c_api/include/billiard/bp.h",
            "billiard_core/queue/a.cc:2: depends on billiard_core/pool/x.h",
            "c_api/src/a.cc:1: depends on bindings/ruby/x.h",
            "bindings/ruby/a.cc:1: depends on billiard_core/pool/x.h",
        ], self.found())

    def test_labels(self):
        self.write("billiard_core/os/BUILD.bazel", """
load("//tools/bazel:copts.bzl", "BILLIARD_COPTS")
package(default_visibility = ["//billiard_core:may_use_os"])
cc_library(
    name = "x",
    deps = [
        "//billiard_core/base:x",
        "//billiard_core/pool:x",
        "@com_google_absl//absl/status",
    ],
    visibility = [
        "//c_api:__subpackages__",
    ],
)
""")
        self.assertEqual(["//billiard_core/os:x: depends on billiard_core/pool"], self.found())

    def test_program_fails_and_names_the_place(self):
        self.write("billiard_core/os/a.h", '#include "billiard_core/pool/x.h"\n')
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            status = layering.main(["--root", str(self.root)])
        self.assertEqual(1, status)
        self.assertIn("billiard_core/os/a.h:1", errors.getvalue())


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
