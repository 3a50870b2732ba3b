"""Names of the test cases that a source file defines, for every test framework used here.

A case is written Suite.Case, or just Case where the framework has no suites. Disabled cases do not
count: they prove nothing.
"""

import re
from pathlib import Path
from typing import Callable

_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_GTEST = re.compile(
    r"^[ \t]*(?:TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P)\(\s*(\w+)\s*,\s*(\w+)\s*\)",
    re.MULTILINE)
_GO_TEST = re.compile(r"^func ((?:Test|Example|Fuzz)\w*)\(", re.MULTILINE)
_LUA_TEST = re.compile(r"^\s*function\s+(?:(\w+)[.:])?([Tt]est\w*)\s*\(", re.MULTILINE)
_LUA_ASSIGNED_TEST = re.compile(r"^\s*(\w+)\.([Tt]est\w*)\s*=\s*function\b", re.MULTILINE)
_CLASS_OR_METHOD = re.compile(
    r"^([ \t]*)(?:class\s+(?:\w+::)*(\w+)|def\s+(test_\w+[?!]?))", re.MULTILINE)


def cases_in(file: Path) -> set[str]:
    """All cases of one file; empty for a kind of file that holds none."""
    reader = _READERS.get(file.suffix)
    return reader(file.read_text(encoding="utf-8", errors="replace")) if reader else set()


def _cases_in_cc(text: str) -> set[str]:
    pairs = _GTEST.findall(_BLOCK_COMMENT.sub("", text))
    return {f"{suite}.{case}" for suite, case in pairs
            if not suite.startswith("DISABLED_") and not case.startswith("DISABLED_")}


def _cases_in_go(text: str) -> set[str]:
    return set(_GO_TEST.findall(_BLOCK_COMMENT.sub("", text)))


def _cases_in_lua(text: str) -> set[str]:
    pairs = _LUA_TEST.findall(text) + _LUA_ASSIGNED_TEST.findall(text)
    return {f"{suite}.{case}" if suite else case for suite, case in pairs}


def _cases_in_classes(text: str) -> set[str]:
    """Ruby's minitest and Python's unittest: test methods of the class that they stand in."""
    cases = set()
    around: list[tuple[int, str]] = []  # the classes that the line is in, by their indentation
    for spaces, class_name, method in _CLASS_OR_METHOD.findall(text):
        while around and around[-1][0] >= len(spaces):
            around.pop()
        if class_name:
            around.append((len(spaces), class_name))
        elif around:
            cases.add(f"{around[-1][1]}.{method}")
    return cases


_READERS: dict[str, Callable[[str], set[str]]] = {
    ".c": _cases_in_cc,
    ".cc": _cases_in_cc,
    ".h": _cases_in_cc,
    ".go": _cases_in_go,
    ".lua": _cases_in_lua,
    ".py": _cases_in_classes,
    ".rb": _cases_in_classes,
}
