"""Decides whether a test named in the ledger exists in the source tree."""

import re
from pathlib import Path

import scenarios
from build_files import BuildFileError, Target, Workspace
from test_cases import cases_in

_SCENARIO = re.compile(r"conformance:(\S+)$")
_TARGET = re.compile(r"//([\w./-]*):([\w./+-]+)(?:#([\w.?!]+))?$")


class TestNames:
    """Answers questions about one source tree and remembers what it has read."""

    def __init__(self, root: Path):
        self._workspace = Workspace(root)
        self._cases: dict[str, set[str]] = {}
        self._scenarios = scenarios.spec_ids_by_scenario(root)

    def problem_with(self, name: str) -> str | None:
        """None for an existing test; otherwise what is wrong with the name."""
        if match := _SCENARIO.match(name):
            return self._problem_with_scenario(match.group(1))
        if match := _TARGET.match(name):
            try:
                return self._problem_with_target(*match.groups())
            except BuildFileError as error:
                return str(error)
        return (f"{name!r} is no status and no test name; use 'not done', "
                "'not applicable: reason', '//package:target', '//package:target#Suite.Case' "
                "or 'conformance:name'")

    def _problem_with_scenario(self, name: str) -> str | None:
        return None if name in self._scenarios else f"no scenario {name!r} in {scenarios.LIST}"

    def _problem_with_target(self, package: str, name: str, case: str | None) -> str | None:
        target = self._workspace.target(package, name)
        if target is None:
            return f"no target //{package}:{name}"
        if not target.kind.endswith("_test") and target.kind != "test_suite":
            return f"{target.label} is a {target.kind} and not a test"
        if case is not None and case not in self._cases_of(target):
            return f"no case {case!r} in the sources of {target.label}"
        return None

    def _cases_of(self, target: Target) -> set[str]:
        if target.label not in self._cases:
            files = self._workspace.files_of(target)
            self._cases[target.label] = set().union(*map(cases_in, files))
        return self._cases[target.label]
