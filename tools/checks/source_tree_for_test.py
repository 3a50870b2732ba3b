"""A small source tree in a temporary folder, for the unit tests of the checks."""

import tempfile
import unittest
from pathlib import Path


class SourceTreeTest(unittest.TestCase):
    """Each test gets its own empty tree."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file
