"""Reads docs/spec-status.md: which item of the specification is proven by which tests."""

import re
from dataclasses import dataclass

NOT_DONE = "not done"
_NOT_APPLICABLE = re.compile(r"not applicable: \S")


@dataclass(frozen=True)
class Row:
    id: str
    title: str
    status: str
    line: int

    @property
    def is_not_applicable(self) -> bool:
        return bool(_NOT_APPLICABLE.match(self.status))

    def test_names(self) -> list[str]:
        """The tests that the row claims; empty when it claims none."""
        if self.status == NOT_DONE or self.is_not_applicable:
            return []
        return [name.strip().strip("`") for name in self.status.split("<br>")]

    def __str__(self) -> str:
        return f"row {self.id} (line {self.line})"


def read_rows(text: str) -> tuple[list[Row], list[str]]:
    """The rows of all tables below a section heading, and complaints about broken ones."""
    rows: list[Row] = []
    broken: list[str] = []
    in_section = False
    for number, line in enumerate(text.splitlines(), start=1):
        in_section = in_section or line.startswith("## ")
        if not in_section or not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "id" or set("".join(cells)) <= {"-", ":"}:
            continue
        if len(cells) == 3 and all(cells):
            rows.append(Row(*cells, number))
        else:
            broken.append(f"line {number} needs id, title and status: {line}")
    return rows, broken


def read_ids(text: str) -> list[str]:
    """The ids of docs/spec-ids.txt, one a line; lines that start with # are remarks."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
