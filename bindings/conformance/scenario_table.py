"""Reads scenarios.tsv: what every language's runner must print (README.md)."""

from dataclasses import dataclass

LANGUAGES = ("c", "ruby", "go", "lua")
PEER_SCENARIO = "queue_between_languages"
NOT_POSSIBLE = "not possible:"
NOT_BOUND = "not bound yet:"
STARTS_ASSISTANT = "Start the assistant "

_COLUMNS = ["name", "spec", "steps", "expected", *LANGUAGES]


@dataclass(frozen=True)
class Scenario:
    name: str
    expected: str
    own: dict[str, str]
    assisted: bool  # it starts an assistant

    def outcome(self, language: str, nonce: str) -> str:
        """What a runner must print in this run."""
        return (self.own.get(language) or self.expected).replace("{nonce}", nonce)

    def possible(self, language: str) -> bool:
        return not self.own.get(language, "").startswith(NOT_POSSIBLE)

    def missing(self, language: str) -> str:
        """Why the language's runner can not play it yet, or ""."""
        own = self.own.get(language, "")
        return own if own.startswith(NOT_BOUND) else ""


class TableError(Exception):
    """The table itself is wrong."""


def read_table(path: str) -> dict[str, Scenario]:
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    if not rows or rows[0] != _COLUMNS:
        raise TableError(f"the first line must name the columns {' '.join(_COLUMNS)}")
    scenarios = {}
    for number, row in enumerate(rows[1:], start=2):
        scenario = _scenario(number, row)
        if scenario.name in scenarios:
            raise TableError(f"line {number}: {scenario.name} stands there twice")
        scenarios[scenario.name] = scenario
    if PEER_SCENARIO not in scenarios:
        raise TableError(f"there is no {PEER_SCENARIO}")
    return scenarios


def _scenario(number: int, row: list[str]) -> Scenario:
    if len(row) != len(_COLUMNS):
        raise TableError(f"line {number}: {len(row)} columns instead of {len(_COLUMNS)}")
    fields = dict(zip(_COLUMNS, row))
    for column in ("name", "spec", "steps", "expected"):
        if not fields[column].strip():
            raise TableError(f"line {number}: the column {column} is empty")
    own = {language: fields[language] for language in LANGUAGES if fields[language]}
    assisted = STARTS_ASSISTANT in fields["steps"]
    return Scenario(fields["name"], fields["expected"], own, assisted)
