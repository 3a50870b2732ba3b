"""Finds out which targets BUILD files declare, without starting Bazel.

BUILD files are nearly Python: this module runs them with stand-ins for what only Bazel knows. A
call with a `name` declares a target. Macros of our own .bzl files run too, so the targets they make
are seen under their final names.
"""

import ast
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, Callable, Iterator

BUILD_FILE_NAMES = ("BUILD.bazel", "BUILD")


class BuildFileError(Exception):
    """A BUILD or .bzl file that cannot be read this way; the text names it."""


@dataclass(frozen=True)
class Target:
    package: str
    name: str
    kind: str
    attributes: dict[str, Any]

    @property
    def label(self) -> str:
        return f"//{self.package}:{self.name}"

    def strings(self) -> Iterator[str]:
        """Every text in its attributes: file names, labels, arguments."""
        return _strings_in([v for key, v in self.attributes.items() if key != "name"])


class Workspace:
    """The targets and files of one source tree; reads each BUILD file once."""

    def __init__(self, root: Path):
        self._root = root
        self._packages: dict[str, dict[str, Target]] = {}

    def target(self, package: str, name: str) -> Target | None:
        return self._targets_of(package).get(name)

    def targets_in(self, package: str) -> list[Target]:
        return list(self._targets_of(package).values())

    def files_of(self, target: Target) -> set[Path]:
        """Source files of a target and of the targets that it names, such as file groups."""
        files: set[Path] = set()
        self._collect(target, files, seen=set())
        return files

    def _collect(self, target: Target, files: set[Path], seen: set[str]) -> None:
        if target.label in seen:
            return
        seen.add(target.label)
        for text in target.strings():
            label = split_label(text, target.package)
            if label is None:
                continue
            package, name = label
            file = self._root / package / name
            if file.is_file():
                files.add(file)
            elif (named := self.target(package, name)) is not None:
                self._collect(named, files, seen)

    def _targets_of(self, package: str) -> dict[str, Target]:
        if package not in self._packages:
            self._packages[package] = self._read(package)
        return self._packages[package]

    def _read(self, package: str) -> dict[str, Target]:
        for name in BUILD_FILE_NAMES:
            path = self._root / package / name
            if path.is_file():
                return _Evaluation(self._root, package).targets_of(path)
        return {}


def split_label(text: str, package: str) -> tuple[str, str] | None:
    """(package, name) of a label or file name written in `package`; None for anything else."""
    if not text or text.startswith(("@", "/", "-", "$")) and not text.startswith("//"):
        return None
    if any(character in text for character in "\n \0"):
        return None
    if not text.startswith("//"):
        return package, text.removeprefix(":")
    path, colon, name = text[2:].partition(":")
    return path, name if colon else path.rsplit("/", 1)[-1]


def _strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings_in(item)
    elif isinstance(value, dict):
        yield from _strings_in([*value.keys(), *value.values()])


class _Unknown:
    """Stands for a rule, function or constant that only Bazel knows."""

    def __init__(self, name: str, declare: Callable[[str, dict], None]):
        self._name = name
        self._declare = declare

    def __call__(self, *args, **attributes):
        if isinstance(attributes.get("name"), str):
            self._declare(self._name, attributes)
        return self

    def __getattr__(self, name):
        return _Unknown(name, self._declare)

    def __getitem__(self, key):
        return self

    def __iter__(self):
        return iter(())

    def __add__(self, other):
        return other

    __radd__ = __add__


class _Evaluation:
    """Runs one BUILD file and the .bzl files that it loads."""

    def __init__(self, root: Path, package: str):
        self._root = root
        self._package = package
        self._targets: dict[str, Target] = {}

    def targets_of(self, path: Path) -> dict[str, Target]:
        self._run(path)
        return self._targets

    def _run(self, path: Path) -> dict[str, Any]:
        try:
            source = path.read_text(encoding="utf-8")
            tree = ast.parse(source, filename=str(path))
            code: CodeType = compile(tree, str(path), "exec")
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            scope = self._scope(names)
            scope["load"] = lambda label, *symbols, **renamed: scope.update(
                self._load(label, {symbol: symbol for symbol in symbols} | renamed))
            exec(code, scope)  # Our own source tree, never foreign text.
            return scope
        except BuildFileError:
            raise
        except Exception as error:
            raise BuildFileError(f"cannot read {path}: {error!r}") from error

    def _scope(self, names: set[str]) -> dict[str, Any]:
        python = vars(__builtins__) if not isinstance(__builtins__, dict) else __builtins__
        scope: dict[str, Any] = {
            name: self._unknown(name) for name in names if name not in python}
        native = self._unknown("native")
        native.glob = scope["glob"] = self._glob
        native.package_name = scope["package_name"] = lambda: self._package
        return scope | {"native": native}

    def _unknown(self, name: str) -> _Unknown:
        return _Unknown(name, self._declare)

    def _declare(self, kind: str, attributes: dict[str, Any]) -> None:
        name = attributes["name"]
        self._targets[name] = Target(self._package, name, kind, attributes)

    def _load(self, label: str, symbols: dict[str, str]) -> dict[str, Any]:
        """Values for the loaded symbols; keys are the local names."""
        place = split_label(label, self._package)
        file = self._root / place[0] / place[1] if place else None
        loaded = self._run(file) if file and file.is_file() else {}
        values = {}
        for local, symbol in symbols.items():
            value = loaded.get(symbol)
            # A rule takes its kind from the name that it is exported under.
            unknown = value is None or isinstance(value, _Unknown)
            values[local] = self._unknown(symbol) if unknown else value
        return values

    def _glob(self, include, exclude=(), **_) -> list[str]:
        folder = self._root / self._package
        found = {path for pattern in include for path in folder.glob(pattern)}
        found -= {path for pattern in exclude for path in folder.glob(pattern)}
        return sorted(str(path.relative_to(folder)) for path in found
                      if path.is_file() and not _in_inner_package(path, folder))


def _in_inner_package(path: Path, folder: Path) -> bool:
    inner = [parent for parent in path.parents if folder in parent.parents]
    return any((parent / name).is_file() for parent in inner for name in BUILD_FILE_NAMES)
