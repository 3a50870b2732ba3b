#!/usr/bin/env -S python3 -B
"""Checks that no committed file names a path of somebody's machine or a package registry.

Both work for the one who wrote them and break for everybody else: a build must find things through
the repository, the system's packages or the caller's configuration.

usage: no_machine_paths.py [--root DIR]
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Iterator

from junit_report import Report

# Not a path of its own: a part of a longer path (tests/work/), a label (//work), $DIR/work.
_START_OF_PATH = r"(?<![\w.$})*/-])"

# What is forbidden -> how it looks. Written so that this list does not find itself.
PATTERNS = {
    "a work folder of a build machine": _START_OF_PATH + r"/(?:work(?![\w-])|root/)",
    "a home folder": _START_OF_PATH + r"/home/\w",
    "a tool outside the system's packages": r"/usr/local/(?:go|bazel|ruby|lua)(?![\w-])|/opt/\w",
    "a scratch folder": r"/tmp/bash[_]jobs",
    "a registry of Ruby packages": r"\brubygems\.org",
    "a registry of Go packages": r"\b(?:proxy|sum)\.golang\.org|\bgoproxy\.(?:io|cn)",
    "a registry of Lua packages": r"\bluarocks\.org",
    "a registry of Python packages": r"\bpypi\.(?:org|python\.org)|\bpythonhosted\.org",
    "a registry of other packages": r"\bregistry\.npmjs\.org|\bcrates\.io|\brepo\d?\.maven\.",
    "a mirror of the distribution": r"\b(?:deb|ftp|security|snapshot)\.debian\.org",
}


def findings(root: Path) -> dict[str, list[str]]:
    """For each forbidden thing, the places that name it as `file:line: text`."""
    compiled = {what: re.compile(pattern) for what, pattern in PATTERNS.items()}
    found: dict[str, list[str]] = {what: [] for what in PATTERNS}
    for file in committed_files(root):
        for number, line in enumerate(_text_of(root / file).splitlines(), start=1):
            for what, pattern in compiled.items():
                if pattern.search(line):
                    found[what].append(f"{file}:{number}: {line.strip()[:120]}")
    return found


def committed_files(root: Path) -> list[str]:
    """Files that git tracks; all files where the tree has no git, as in a released archive."""
    if not (root / ".git").exists():
        return sorted(_walk(root))
    # The tree may belong to another user, for example when a container checks it.
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z"],
        capture_output=True, check=True)
    return [os.fsdecode(name) for name in listing.stdout.split(b"\0") if name]


def _walk(root: Path) -> Iterator[str]:
    for folder, subfolders, files in os.walk(root):
        # bazel-out and its siblings are links, which os.walk does not enter.
        subfolders[:] = [name for name in subfolders if name != "__pycache__"]
        yield from (os.path.relpath(os.path.join(folder, name), root) for name in files)


def _text_of(path: Path) -> str:
    """Content of a text file, target of a link; empty for binary and for deleted files."""
    if path.is_symlink():
        return os.readlink(path)
    content = path.read_bytes() if path.is_file() else b""
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    # Under Bazel this file is a link into the source tree, which is what has to be checked.
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    report = Report("no_machine_paths")
    for what, places in findings(parser.parse_args(argv).root).items():
        report.add(f"no file names {what}", "failed" if places else "passed", "\n".join(places))
        for place in places:
            print(f"{place}\n  names {what}; see tools/checks/no_machine_paths.py", file=sys.stderr)
    print(f"machine paths: {report.count('failed')} of {len(PATTERNS)} rules broken")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
