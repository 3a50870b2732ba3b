"""Reads the ids that the specification folder defines.

The folder is not part of this project; developers who have it compare the ledger with it. Nothing
here returns any of its prose: ids only.
"""

import re
from pathlib import Path

# A requirement (POOL-83, UTIL-83a), a guarantee (G-POOL-1) or a gap test (GAP-19b), defined at the
# start of a table row or of a bullet. Weaknesses (W-...) are left out on purpose.
_DEFINITION = re.compile(r"^(?:\|\s*|\*\s+)((?:G-)?[A-Z]+-\d+[a-z]?)\b")
_FILE_OF_UNIT_TESTS = re.compile(r"^###.*\(test_(\w+)\.py\)")
_TEST_ROW = re.compile(r"^\|\s*([^|]*\btest_[^|]*?)\s*\|\s*[YP]\s*\|")
_PAIN_POINT = re.compile(r"^(\d+) P ")


def numbered_ids(text: str) -> list[str]:
    """The ids defined in the text of one specification file, in its order."""
    matches = map(_DEFINITION.match, text.splitlines())
    return [match.group(1) for match in matches if match]


def reference_test_ids(text: str) -> list[str]:
    """Ids such as T:TestPool.test_map for the reference tests marked Y or P."""
    ids = []
    unit_file = owner = ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = _FILE_OF_UNIT_TESTS.match(line)
            unit_file = heading.group(1) + "." if heading else ""
            owner = ""
        elif line.startswith("|"):
            # "…test_x" belongs to the class of the row above, so N rows matter here too.
            owner = _owner_named_in(line) or owner
            row = _TEST_ROW.match(line)
            if row:
                ids += [f"T:{unit_file}{owner}{name}" for name in _cases_in(row.group(1))]
    return ids


def pain_point_ids(text: str) -> list[str]:
    """USR-n for every numbered pain point of the users' page."""
    matches = map(_PAIN_POINT.match, text.splitlines())
    return [f"USR-{match.group(1)}" for match in matches if match]


def all_ids(folder: Path) -> list[str]:
    """Every id that needs a row; `folder` holds the spec files, its sibling the users' page."""
    ids = []
    for file in sorted(folder.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        ids += numbered_ids(text)
        if file.name == "tests.md":
            ids += reference_test_ids(text)
    users = folder.parent / "anchors" / "users.md"
    if users.exists():
        ids += pain_point_ids(users.read_text(encoding="utf-8"))
    return ids


def _owner_named_in(row: str) -> str:
    match = re.match(r"\|\s*_?(\w+)\.", row)
    if not match:
        return ""
    # Unit tests of one file are written test_file.test_case there: drop the repeated prefix.
    return match.group(1).removeprefix("test_") + "."


def _cases_in(cell: str) -> list[str]:
    without_remarks = re.sub(r"\([^)]*\)", "", cell)
    return re.findall(r"(?<![\w])test_\w+(?!\w*\.)", without_remarks)
