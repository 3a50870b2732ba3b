#!/usr/bin/env -S python3 -B
"""The examples in README.md are the files that are tested, and they print what they say.

    readme_test.py README LANGUAGE=SOURCE=PROGRAM...
"""

import re
import subprocess
import sys
import unittest

import junit_report

README, *EXAMPLES = sys.argv[1:]
del sys.argv[1:]

LIMIT_SECONDS = 60
_BLOCK = re.compile(r"<!-- (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


class ReadmeTest(unittest.TestCase):

    def test_shows_every_example_as_it_is(self):
        blocks = dict(_BLOCK.findall(read(README)))
        sources = [example.split("=")[1] for example in EXAMPLES]
        self.assertEqual(sorted(blocks), sorted(sources))
        for source in sources:
            with self.subTest(source=source):
                self.assertEqual(blocks[source], read(source))

    def test_every_example_prints_its_sum(self):
        self.assertEqual(len(EXAMPLES), 4)
        for language, _, program in (example.split("=") for example in EXAMPLES):
            with self.subTest(language=language):
                result = subprocess.run([program], capture_output=True, text=True, check=True,
                                        timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL)
                self.assertEqual((result.stdout, result.stderr), ("385\n", ""))


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
