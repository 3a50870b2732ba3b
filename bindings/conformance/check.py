#!/usr/bin/env -S python3 -B
"""Compares what the languages' runners print with the table of scenarios.

    check.py TABLE LANGUAGE=PROGRAM
        plays all scenarios of one language
    check.py --pairs TABLE LANGUAGE=PROGRAM...
        plays queue_between_languages for every ordered pair
    check.py --assistants TABLE LANGUAGE=PROGRAM...
        plays each scenario that starts an assistant with the assistant of every language
    check.py --together TABLE LANGUAGE=PROGRAM...
        one process per language at once on the same objects

All languages must be given to the last three.

A scenario that a runner lacks, one that it has and the table has not, and a line that does not carry
the token of this very run are failures.
"""

import sys
import time

import junit_report
from runner import Runner, play, play_pair
from scenario_table import LANGUAGES, PEER_SCENARIO, read_table
from together import play_together, play_together_with_death, play_with_kill_anywhere


def timed(report, name: str, complaint_of):
    """Runs one case, prints and reports it."""
    began = time.monotonic()
    complaint = complaint_of()
    outcome = "failed" if complaint else "passed"
    report.add(name, outcome, complaint, time.monotonic() - began)
    print(f"{outcome} {name}" + (f"\n{complaint}" if complaint else ""), flush=True)


def differences(table, listed: list[str], language: str) -> str:
    """What a runner's own list lacks, or has too much of, or twice."""
    missing = [name for name, scenario in table.items() if scenario.missing(language)]
    lines = [f"the runner lacks {name}" for name in table if name not in listed + missing]
    lines += [f"the table says that {name} is missing" for name in missing if name in listed]
    lines += [f"the table lacks {name}" for name in listed if name not in table]
    lines += [f"{name} is listed twice" for name in set(listed) if listed.count(name) > 1]
    return "\n".join(lines)


def check_language(report, table, runner: Runner):
    listed = runner.list()
    timed(report, "the runner has the scenarios of the table", lambda: differences(table, listed, runner.language))
    for scenario in table.values():
        if scenario.name == PEER_SCENARIO:
            continue  # two languages play it: --pairs
        if scenario.missing(runner.language):
            report.add(scenario.name, "skipped", scenario.missing(runner.language))
            print(f"{scenario.missing(runner.language)} ({scenario.name})", flush=True)
            continue
        complaint_of = lambda: play(runner, scenario)  # noqa: E731: used at once
        if scenario.possible(runner.language):
            timed(report, scenario.name, complaint_of)
            continue
        complaint = complaint_of()
        reason = scenario.outcome(runner.language, "")
        report.add(scenario.name, "failed" if complaint else "skipped", complaint or reason)
        print(f"{complaint or reason} ({scenario.name})", flush=True)


def check_languages(report, runners: list[Runner]):
    missing = set(LANGUAGES) - {runner.language for runner in runners}
    timed(report, "all languages are there", lambda: " ".join(sorted(missing)))


def check_pairs(report, table, runners: list[Runner]):
    check_languages(report, runners)
    for putter in runners:
        for getter in runners:
            timed(report, f"{PEER_SCENARIO}[{putter.language}->{getter.language}]",
                  lambda: play_pair(putter, getter, table[PEER_SCENARIO]))


def check_assistants(report, table, runners: list[Runner]):
    check_languages(report, runners)
    assisted = [scenario for scenario in table.values() if scenario.assisted]
    timed(report, "there are such scenarios", lambda: "" if assisted else "none in the table")
    for scenario in assisted:
        for player in runners:
            for assistant in runners:
                if scenario.missing(player.language) or scenario.missing(assistant.language):
                    continue  # told by that language's own check
                timed(report, f"{scenario.name}[{player.language}, {assistant.language} assists]",
                      lambda: play(player, scenario, assistant))


def check_together(report, _table, runners: list[Runner]):
    check_languages(report, runners)
    for starter in runners:
        timed(report, f"together[{starter.language} starts it]",
              lambda: play_together(runners, starter))
    for victim in runners:
        others = [runner for runner in runners if runner is not victim]
        timed(report, f"together[{victim.language} dies with the lock]",
              lambda: play_together_with_death(others, victim))
    for survivor in runners:
        for victim in runners:
            timed(report, f"together[{victim.language} dies anywhere, {survivor.language} goes on]",
                  lambda: play_with_kill_anywhere(survivor, victim))


MODES = {"--pairs": check_pairs, "--assistants": check_assistants, "--together": check_together}


def main(arguments: list[str]) -> int:
    mode = MODES.get(arguments[0])
    table_path, *programs = arguments[1:] if mode else arguments
    runners = [Runner(*program.split("=", 1)) for program in programs]
    for runner in runners:
        if runner.language not in LANGUAGES:
            raise SystemExit(f"unknown language {runner.language}")
    table = read_table(table_path)
    report = junit_report.Report("conformance")
    if mode:
        mode(report, table, runners)
    else:
        for runner in runners:
            check_language(report, table, runner)
    counts = ", ".join(f"{report.count(kind)} {kind}" for kind in ("passed", "failed", "skipped"))
    print(f"conformance: {counts}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
