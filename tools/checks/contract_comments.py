#!/usr/bin/env -S python3 -B
"""Checks that every function of the C ABI states its contract in the comment above it.

Five fixed words, each followed by the fact, so that a caller in any language knows who owns what,
which threads may call, what happens after a fork, how long it blocks and how it fails:

  /* Puts one message. Owner: bytes are copied. Threads: any. Fork: works in the child.
     Blocks: to timeout_ns, see bp_interrupt. Errors: BP_TIMEOUT, BP_CLOSED. */

usage: contract_comments.py [--root DIR]
"""

import argparse
import re
import sys
from pathlib import Path

from c_declarations import Declaration, functions_of
from junit_report import Report

FIXED_WORDS = ("Owner:", "Threads:", "Fork:", "Blocks:", "Errors:")
_HEADERS = "c_api/include/billiard/*.h"


def problems_of(header: Path) -> list[str]:
    """One readable line for every function whose contract is incomplete."""
    declarations = functions_of(header.read_text(encoding="utf-8"))
    missing = ((declaration, _missing_words(declaration)) for declaration in declarations)
    return [f"{header.name}:{declaration.line}: {declaration.name} says nothing about "
            f"{', '.join(words)}" for declaration, words in missing if words]


def _missing_words(declaration: Declaration) -> list[str]:
    """Fixed words that are absent, or that no fact follows before the next one."""
    anything = "|".join(map(re.escape, FIXED_WORDS))
    comment = re.sub(r"^\s*(?:/\*+|\*+/?|//+)|\*/", " ", declaration.comment, flags=re.MULTILINE)
    return [word for word in FIXED_WORDS
            if not re.search(rf"\b{re.escape(word)}\s+(?!{anything})\S", comment)]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    # Under Bazel this file is a link into the source tree, which is what has to be checked.
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    headers = sorted(parser.parse_args(argv).root.glob(_HEADERS))
    report = Report("contract_comments")
    if not headers:
        report.add("there are headers to check", "failed", f"nothing matches {_HEADERS}")
        print(f"contract comments: nothing matches {_HEADERS}", file=sys.stderr)
    for header in headers:
        problems = problems_of(header)
        report.add(header.name, "failed" if problems else "passed", "\n".join(problems))
        for problem in problems:
            print(f"{header.parent}/{problem}", file=sys.stderr)
    print(f"contract comments: {report.count('passed')} of {len(headers)} headers complete")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
