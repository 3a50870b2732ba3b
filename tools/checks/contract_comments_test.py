"""Finds every function of a header and every missing part of its contract."""

import contextlib
import io
import sys
import unittest

import contract_comments
import junit_report
from c_declarations import functions_of
from source_tree_for_test import SourceTreeTest

_GOOD = """
/* Puts one message. Owner: bytes are copied. Threads: any. Fork: works.
 * Blocks: never. Errors: BP_CLOSED. */
BP_API bp_status bp_queue_put(bp_queue* queue, const void* bytes, size_t size,
                              bp_error** error);
"""


class FunctionsOfTest(unittest.TestCase):

    def names(self, header: str) -> list[str]:
        return [declaration.name for declaration in functions_of(header)]

    def test_finds_functions_and_nothing_else(self):
        self.assertEqual(["bp_version", "bp_pool_close", "bp_on_event", "bp_inline", "bp_last"],
                         self.names("""
#ifndef BP_H
#define BP_H
#include <stdint.h>
#define BP_TWICE(x) \\
  twice(x);
#ifdef __cplusplus
extern "C" {
#endif
typedef struct bp_pool bp_pool;
typedef int (*bp_callback)(void* context);
struct bp_options { size_t size; int (*hook)(void); };
enum bp_code { BP_OK = 0, BP_TIMEOUT = (-1) };
extern const int bp_table[3];
_Static_assert(sizeof(int) == 4, "int");
// int bp_commented_out(void);
BP_BEGIN_C
const char* bp_version(void);
BP_API bp_status bp_pool_close(bp_pool* pool,
                               bp_error** error) BP_NONNULL(1);
BP_DEPRECATED("x") void bp_on_event(void (*callback)(int), void* context);
static inline int bp_inline(int x) { if (x) { return call(x); } return 0; }
int bp_last(void);
BP_END_C
#ifdef __cplusplus
}
#endif
#endif
"""))

    def test_comment_must_stand_directly_above(self):
        first, second = functions_of("/* One. */\n// More.\nint a(void);\nint b(void);\n")
        self.assertEqual(("/* One. */\n// More.", 3), (first.comment, first.line))
        self.assertEqual(("", 4), (second.comment, second.line))

    def test_comment_below_a_macro_line(self):
        declaration, = functions_of("/* File. */\nBP_BEGIN_C\n/* A. */\nint a(void);\nBP_END_C\n")
        self.assertEqual("/* A. */", declaration.comment)

    def test_comment_at_the_end_of_the_line_above_is_not_a_contract(self):
        _, second = functions_of("int a(void);\nint x; /* x */ \nint b(void);\n")
        self.assertEqual("", second.comment.replace("/* x */", ""))


class ContractCommentsTest(SourceTreeTest):

    def problems(self, text: str) -> list[str]:
        return contract_comments.problems_of(
            self.write("c_api/include/billiard/queue.h", text))

    def run_program(self) -> tuple[int, str]:
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            return contract_comments.main(["--root", str(self.root)]), errors.getvalue()

    def test_complete_contract(self):
        self.assertEqual([], self.problems(_GOOD))
        self.assertEqual((0, ""), self.run_program())

    def test_each_missing_word_is_named(self):
        for word in contract_comments.FIXED_WORDS:
            problems = self.problems(_GOOD.replace(word, word.lower()))
            self.assertEqual(
                [f"queue.h:4: bp_queue_put says nothing about {word}"], problems)

    def test_word_without_a_fact_does_not_count(self):
        problems = self.problems(_GOOD.replace("Fork: works.", "Fork:"))
        self.assertEqual(["queue.h:4: bp_queue_put says nothing about Fork:"], problems)
        problems = self.problems(_GOOD.replace("Errors: BP_CLOSED.", "Errors:"))
        self.assertEqual(["queue.h:4: bp_queue_put says nothing about Errors:"], problems)

    def test_one_comment_does_not_serve_two_functions(self):
        problems = self.problems(_GOOD + "int bp_queue_size(bp_queue* queue);\n")
        self.assertEqual(1, len(problems))
        self.assertIn("bp_queue_size says nothing about Owner:, Threads:, Fork:", problems[0])

    def test_program_fails_and_names_the_declaration(self):
        self.problems("int bp_bare(void);\n")
        status, errors = self.run_program()
        self.assertEqual(1, status)
        self.assertIn("queue.h:1: bp_bare says nothing about", errors)

    def test_no_header_at_all_is_a_failure(self):
        self.assertEqual(1, self.run_program()[0])


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
