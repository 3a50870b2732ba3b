"""Finds targets through macros and globs, and cases of every test framework."""

import sys
import unittest

import junit_report
from build_files import split_label
from source_tree_for_test import SourceTreeTest
from test_cases import cases_in
from test_names import TestNames


class TestCasesTest(SourceTreeTest):

    def cases(self, name: str, text: str) -> set[str]:
        return cases_in(self.write(name, text))

    def test_googletest(self):
        self.assertEqual({"A.One", "A.Two", "B.Three"}, self.cases("a_test.cc", """
TEST(A, One) {}
TEST_F(A,
       Two) {
}
/* TEST(A, Hidden) {} */
FRIEND_TEST(A, Private);
INSTANTIATE_TEST_SUITE_P(X, B, Values(1));
TEST_P(B, Three) {}
TEST(DISABLED_C, Four) {}
"""))

    def test_minitest(self):
        self.assertEqual({"Helper.test_nothing", "PoolTest.test_apply", "OtherTest.test_it?"},
                         self.cases("a_test.rb", """
module Billiard
  class PoolTest < Minitest::Test
    class Helper
      def test_nothing; end
    end
    def helper; end
    def test_apply
    end
  end
end
class Billiard::OtherTest < Minitest::Test
  def test_it?; end
  # def test_gone
end
"""))

    def test_go(self):
        self.assertEqual({"TestPool", "ExamplePool"}, self.cases("a_test.go", """
func TestPool(t *testing.T) {}
func helper(t *testing.T) {}
// func TestGone(t *testing.T) {}
/*
func TestGoneToo(t *testing.T) {}
*/
func ExamplePool() {}
"""))

    def test_lua(self):
        self.assertEqual({"TestQueue.testPut", "TestQueue.test_get", "testAlone"},
                         self.cases("queue_test.lua", """
function TestQueue:testPut()
end
TestQueue.test_get = function() end
function testAlone() end
-- function TestQueue:testGone() end
local function helper() end
"""))

    def test_python(self):
        self.assertEqual({"RunTest.test_it"}, self.cases("a_test.py", """
class RunTest(unittest.TestCase):
    def test_it(self):
        pass
"""))

    def test_other_files_hold_no_cases(self):
        self.assertEqual(set(), self.cases("notes.md", "TEST(A, One)"))


class TestNamesTest(SourceTreeTest):

    def assert_exists(self, name: str):
        self.assertIsNone(TestNames(self.root).problem_with(name))

    def test_target_of_a_macro_under_its_final_name(self):
        self.write("tools/ruby.bzl", """
load("@rules_shell//shell:sh_test.bzl", "sh_test")
_RUN = "//tools:run_ruby.sh"
def ruby_test(name, file, data = []):
    sh_test(name = name + "_ruby", srcs = [_RUN], data = [file] + data)
""")
        self.write("tests/BUILD.bazel", """
load("//tools:ruby.bzl", "ruby_test")
ruby_test(name = "pool", file = "pool_test.rb")
""")
        self.write("tests/pool_test.rb", "class PoolTest\n  def test_apply\n")
        self.assert_exists("//tests:pool_ruby#PoolTest.test_apply")
        self.assertIn("no target", TestNames(self.root).problem_with("//tests:pool"))

    def test_targets_of_a_comprehension(self):
        self.write("tests/BUILD.bazel", """
[
    cc_test(name = x + "_test", srcs = [x + "_test.cc"], copts = ["-O1"] + COPTS + ["-O2"])
    for x in ["a", "b"]
]
""")
        self.write("tests/b_test.cc", "TEST(B, Works) {}")
        self.assert_exists("//tests:b_test#B.Works")

    def test_case_in_a_file_group_of_another_package(self):
        self.write("tests/BUILD.bazel", 'x_test(name = "all_test", data = ["//bindings:cases"])')
        self.write("bindings/BUILD.bazel",
                   'filegroup(name = "cases", srcs = glob(["**/*.lua"], exclude = ["old/*"]))')
        self.write("bindings/deep/a_test.lua", "function TestA:testIt() end")
        self.write("bindings/old/b_test.lua", "function TestB:testIt() end")
        self.write("bindings/inner/BUILD.bazel", "")
        self.write("bindings/inner/c_test.lua", "function TestC:testIt() end")
        self.assert_exists("//tests:all_test#TestA.testIt")
        for absent in ("TestB.testIt", "TestC.testIt"):
            problem = TestNames(self.root).problem_with(f"//tests:all_test#{absent}")
            self.assertIn("no case", problem)

    def test_go_case_has_no_suite(self):
        self.write("go/BUILD.bazel", 'go_test(name = "go_test", srcs = ["pool_test.go"])')
        self.write("go/pool_test.go", "func TestPool(t *testing.T) {\n")
        self.assert_exists("//go:go_test#TestPool")

    def test_targets_that_name_each_other(self):
        self.write("t/BUILD.bazel", """
a_test(name = "a_test", data = [":b"])
filegroup(name = "b", srcs = [":a_test"])
""")
        self.assertIn("no case", TestNames(self.root).problem_with("//t:a_test#A.One"))

    def test_unreadable_build_file_is_named(self):
        self.write("t/BUILD.bazel", "cc_test(name = ")
        self.assertIn("t/BUILD.bazel", TestNames(self.root).problem_with("//t:a_test"))


class SplitLabelTest(unittest.TestCase):

    def test_labels_and_file_names(self):
        self.assertEqual(("a/b", "c"), split_label("//a/b:c", "here"))
        self.assertEqual(("a/b", "b"), split_label("//a/b", "here"))
        self.assertEqual(("", "c"), split_label("//:c", "here"))
        self.assertEqual(("here", "c"), split_label(":c", "here"))
        self.assertEqual(("here", "d/c.cc"), split_label("d/c.cc", "here"))

    def test_everything_else(self):
        for text in ("@rules_cc//cc:x", "/bin/sh", "-O2", "$(location :x)", "two words", ""):
            self.assertIsNone(split_label(text, "here"))


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
