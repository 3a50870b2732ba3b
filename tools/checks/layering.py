#!/usr/bin/env -S python3 -B
"""Checks that includes and build dependencies point down only.

Bazel's visibility says the same for the layers of billiard_core. This check also covers what
visibility cannot see: an include that a deeper dependency happens to make available, and the folders
around the core. The layers, from the bottom:

  billiard_core/base ... billiard_core/manager   each knows itself and what is below
  c_api                                          knows the core, no language
  bindings                                       know the C ABI's headers and themselves

usage: layering.py [--root DIR]
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Iterator

from build_files import Target, Workspace, split_label
from junit_report import Report
from no_machine_paths import committed_files

CORE_LAYERS = ("base", "os", "logging", "shared_memory", "sync", "queue", "connection", "process",
               "pool", "manager")

_SOURCE_SUFFIXES = (".h", ".cc", ".c", ".i")
_INCLUDE = re.compile(r'^\s*[#%]\s*include\s+"([^"]+)"')
_BUILD_FILE = "BUILD.bazel"
# These name the packages above, which may use the target.
_LOOKING_UP = ("visibility", "default_visibility")


def _core_rule(layer: str) -> tuple[str, ...]:
    below_and_itself = CORE_LAYERS[:CORE_LAYERS.index(layer) + 1]
    return tuple(f"billiard_core/{name}" for name in below_and_itself)


# Folder -> the folders of this project that it may know.
MAY_KNOW = {
    **{f"billiard_core/{layer}": _core_rule(layer) for layer in CORE_LAYERS},
    "c_api": ("billiard_core", "c_api"),
    "bindings/interface": ("bindings/interface", "c_api"),
    "bindings/ruby": ("bindings/ruby", "bindings/interface", "c_api"),
    "bindings/go": ("bindings/go", "bindings/interface", "c_api"),
    "bindings/lua": ("bindings/lua", "bindings/interface", "c_api"),
}

# What every folder may use besides: how to build, how to test, which scenarios there are.
_ALWAYS = ("tools", "tests/support", "bindings/conformance")

# Installed headers are included without their folder.
_INSTALLED_HEADERS = ("billiard/", "c_api/include/billiard/")


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def _included_paths(root: Path, file: str) -> Iterator[tuple[str, str]]:
    """(place, path) of each include of a source file."""
    lines = (root / file).read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if included := _INCLUDE.match(line):
            path = included[1]
            if path.startswith(_INSTALLED_HEADERS[0]):
                path = _INSTALLED_HEADERS[1] + path[len(_INSTALLED_HEADERS[0]):]
            yield f"{file}:{number}", path


def _labels_of(target: Target) -> Iterator[str]:
    attributes = {name: value for name, value in target.attributes.items()
                  if name not in _LOOKING_UP}
    yield from Target(target.package, target.name, target.kind, attributes).strings()


def _dependencies(root: Path, workspace: Workspace, file: str) -> Iterator[tuple[str, str]]:
    """(place, path) of everything that a source or BUILD file names."""
    if not file.endswith(_BUILD_FILE):
        yield from _included_paths(root, file)
        return
    for target in workspace.targets_in(str(Path(file).parent)):
        if target.kind == "package_group":
            continue
        for text in _labels_of(target):
            if text.startswith("//") and (label := split_label(text, target.package)):
                yield target.label, label[0]


def _points_down(root: Path, path: str, allowed: tuple[str, ...]) -> bool:
    # What is not in one of our folders is a system header or a neighbour.
    top = path.split("/")[0]
    return not (root / top).is_dir() or any(
        _is_in(path, folder) for folder in allowed + _ALWAYS)


def findings(root: Path) -> dict[str, list[str]]:
    """For each folder with a rule, its dependencies that break it."""
    workspace = Workspace(root)
    files = [name for name in committed_files(root)
             if name.endswith(_SOURCE_SUFFIXES + (_BUILD_FILE,)) and (root / name).is_file()]
    return {folder: [f"{place}: depends on {path}"
                     for file in files if _is_in(file, folder)
                     for place, path in _dependencies(root, workspace, file)
                     if not _points_down(root, path, allowed)]
            for folder, allowed in MAY_KNOW.items()}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    report = Report("layering")
    for folder, problems in findings(parser.parse_args(argv).root).items():
        report.add(f"{folder} depends on nothing above it", "failed" if problems else "passed",
                   "\n".join(problems))
        for problem in problems:
            print(f"{problem}\n  which is not below {folder}; see tools/checks/layering.py",
                  file=sys.stderr)
    print(f"layering: {report.count('failed')} of {len(MAY_KNOW)} folders look up")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
