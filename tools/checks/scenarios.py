"""Reads the table of conformance scenarios: names, and the ids of the specification they show."""

from pathlib import Path

LIST = Path("bindings/conformance/scenarios.tsv")


def spec_ids_by_scenario(root: Path) -> dict[str, list[str]]:
    """Ids of the second column for each name of the first; empty where there is no table."""
    file = root / LIST
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {row[0]: row[1].split() if len(row) > 1 else [] for row in rows if row[0] != "name"}
