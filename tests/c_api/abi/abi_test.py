#!/usr/bin/env -S python3 -B
"""The library's file as other programs meet it: symbols, SONAME, what it needs, layout of structs.

    abi_test.py LIBRARY ABI_SIZES SYMBOLS LAYOUT HEADER...
"""

import re
import subprocess
import sys
import unittest

import junit_report

LIBRARY, ABI_SIZES, SYMBOLS, LAYOUT, *HEADERS = sys.argv[1:]
del sys.argv[1:]

# libc, libstdc++, libgcc, libm, the dynamic linker, Debian's shared Abseil and OpenSSL; nothing else.
_MAY_NEED = re.compile(r"lib(c|stdc\+\+|gcc_s|m|absl_\w+|crypto)\.so\.[\w.]+|ld-linux[\w-]*\.so\.\d+")


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def lines_of(path: str) -> list[str]:
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def dynamic_entries(tag: str) -> list[str]:
    return re.findall(rf"\({tag}\).*\[(.*)\]", output_of("readelf", "-dW", LIBRARY))


def exported_symbols() -> list[str]:
    """Names with their versions; without the version itself, which is an absolute symbol."""
    rows = [line.split() for line in output_of("nm", "-D", "--defined-only", LIBRARY).splitlines()]
    return sorted(row[-1] for row in rows if row[-2:] != ["A", "BILLIARD_0"])


def declared_functions() -> set[str]:
    text = "".join("\n".join(lines_of(header)) for header in HEADERS)
    without_comments = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return set(re.findall(r"BP_API[^;(]*?\b(bp_\w+)\(", without_comments))


class AbiTest(unittest.TestCase):

    def test_exports_only_names_of_its_own(self):
        self.assertEqual([name for name in exported_symbols() if not name.startswith("bp_")], [])

    def test_exports_the_symbols_of_the_baseline(self):
        self.assertEqual(exported_symbols(), lines_of(SYMBOLS))

    def test_exports_what_the_headers_declare(self):
        declared = declared_functions()
        self.assertGreater(len(declared), 50)
        self.assertEqual({name.split("@")[0] for name in exported_symbols()}, declared)

    def test_has_its_soname(self):
        self.assertEqual(dynamic_entries("SONAME"), ["libbilliard.so.0"])

    def test_needs_nothing_but_the_agreed_libraries(self):
        needed = dynamic_entries("NEEDED")
        self.assertIn("libc.so.6", needed)
        self.assertEqual([name for name in needed if not _MAY_NEED.fullmatch(name)], [])

    def test_has_no_text_relocations_and_no_executable_stack(self):
        self.assertEqual(dynamic_entries("TEXTREL"), [])
        stack = re.search(r"GNU_STACK.*", output_of("readelf", "-lW", LIBRARY)).group()
        self.assertNotIn("RWE", stack)

    def test_has_the_layout_of_the_baseline(self):
        self.assertEqual(output_of(ABI_SIZES).splitlines(), lines_of(LAYOUT))


if __name__ == "__main__":
    sys.exit(junit_report.run_unittests())
