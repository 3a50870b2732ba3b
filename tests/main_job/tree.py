"""A directory tree with every kind of name and entry that the main job must cope with."""

import os
import subprocess

REFERENCE = ("find . -type f -printf '%P\\0' | LC_ALL=C sort -z"
             " | xargs -r -0 sha256sum -z -- | sha256sum")


def make_tree(root: str, unreadable: bool):
    """Fills a new directory; with `unreadable` also with what the owner may not read."""
    os.mkdir(root)
    _write(root, b"empty", b"")
    _write(root, b"with spaces and \"quotes\"", b"spaces")
    _write(root, b"new\nline", b"newline")
    _write(root, b"\xff\xfe invalid utf-8 \x80", b"invalid")
    _write(root, "grüße €".encode(), b"utf-8")
    _write(root, b"back\\slash\t$HOME `true` ; %s", b"shell")
    _write(root, b"-rf", b"looks like an option")
    _write(root, b"B", b"upper case sorts first")
    _write(root, b"b", b"lower case")
    _write(root, b"deep/er/and/deep er/\x01", b"deep")
    _write(root, b"deep/er/large", os.urandom(3 << 20))
    _write(root, b"deep.er/x", b"a dot sorts before a slash")
    _write(root, b"name." + b"x" * 240, b"a long name")
    for number in range(300):
        _write(root, b"many/%d" % number, b"%d" % number * number)
    os.mkdir(os.path.join(root, "empty directory"))
    os.symlink("b", os.path.join(root, "link to a file"))
    os.symlink("deep", os.path.join(root, "link to a directory"))
    os.symlink("nowhere", os.path.join(root, "dangling link"))
    os.mkfifo(os.path.join(root, "fifo"))
    if unreadable:
        _write(root, b"forbidden\nfile", b"secret", mode=0)
        _write(root, b"forbidden directory/file", b"secret")
        os.chmod(os.path.join(root, "forbidden directory"), 0)


def _write(root: str, name: bytes, content: bytes, mode: int = 0o644):
    path = os.path.join(os.fsencode(root), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)


def make_big_files(root: str):
    """Two files that take a while to hash: holes, which read as zeros and take no space."""
    os.mkdir(root)
    for name in ("one", "two"):
        with open(os.path.join(root, name), "wb") as file:
            file.truncate(256 << 20)


def reference_digest(root: str, prefix: list[str] = ()) -> str:
    """What the reference command prints for the tree; it goes on after unreadable files."""
    result = subprocess.run([*prefix, "bash", "-c", REFERENCE], cwd=root, capture_output=True,
                            text=True, check=True)
    return result.stdout.split()[0]


def count_files(root: str) -> tuple[int, int]:
    """Number and bytes of the regular files that can be read."""
    count = size = 0
    for folder, _, names in os.walk(os.fsencode(root)):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path) and os.access(path, os.R_OK):
                count += 1
                size += os.path.getsize(path)
    return count, size
