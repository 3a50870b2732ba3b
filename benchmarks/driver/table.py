"""The result as Markdown: what was asked of each workload, and what each engine took."""

import summary
import texts
from catalogue import OURS, WORKLOADS, Target, Workload

_TITLES = {"core": "C++", "c": "C", "ruby": "Ruby", "go": "Go", "lua": "Lua"}


def _asked(target: Target) -> str:
    of = "p99 " if target.measure == "p99_ns" else ""
    step = f"{target.variant}: " if target.variant else ""
    language = f"{_TITLES[target.engine]}: " if target.engine != "core" else ""
    text = {
        "speed": f"at least {target.bound:g} x {target.against}",
        "cost": f"at most {target.bound:g} x {target.against}",
        "per second": f"at least {target.bound:,.0f}/s",
        "ns": f"at most {texts.duration(target.bound)}",
        "ahead": "ahead of every peer",
    }[target.kind]
    return language + step + of + text


def _reached(verdict: summary.Verdict) -> str:
    if verdict.value is None:
        return f"- ({verdict.note})"
    value = {
        "per second": f"{verdict.value:,.0f}/s",
        "ns": texts.duration(verdict.value),
    }.get(verdict.target.kind, f"{texts.ratio(verdict.value)} x")
    return f"{value} {verdict.note}".strip()


def _sign(verdict: summary.Verdict) -> str:
    return {True: "yes", False: "**no**", None: "?"}[verdict.good]


def targets(workloads, runs: list[summary.Run]) -> str:
    lines = ["| workload | asked | reached | holds |", "|---|---|---|---|"]
    for workload in workloads:
        mine = [run for run in runs if run.workload == workload.name]
        for target in workload.targets if mine else ():
            verdict = summary.judge(workload, target, mine)
            lines.append(f"| {workload.title} | {_asked(target)} | {_reached(verdict)} | {_sign(verdict)} |")
    return "\n".join(lines) + "\n"


def _cell(values: dict[int, float], p99: dict[int, float]) -> str:
    found, tail = summary.figure(values), summary.figure(p99)
    if found is None:
        return "-"
    spread = ""
    if found.rounds > 1:
        spread = f" ({texts.duration(found.least)} to {texts.duration(found.most)})"
    return texts.duration(found.median) + spread + (f", p99 {texts.duration(tail.median)}" if tail else "")


def _rows(workload: Workload, runs: list[summary.Run]) -> list[tuple[str, str, str]]:
    """(kind, engine, variant) of all that was measured."""
    rows = [("ours", engine, variant) for engine in OURS for variant in workload.variants]
    rows += [("limit", name, limit.variant) for name, limit in workload.limits.items()]
    rows += [("peer", peer, variant) for peer in workload.peers for variant in workload.variants]
    return [row for row in rows if summary.of_rounds(runs, *row)]


def details(workloads, runs: list[summary.Run], notes: dict[tuple[str, str], str]) -> str:
    """All costs. `notes`: (workload, limit) -> what is to be said of the probe."""
    lines = ["| workload | engine | cost of one item: median (least to most) | to the C++ core |", "|---|---|---|---|"]
    for workload in workloads:
        mine = [run for run in runs if run.workload == workload.name]
        for kind, engine, variant in _rows(workload, mine):
            values = summary.of_rounds(mine, kind, engine, variant)
            p99 = summary.of_rounds(mine, kind, engine, variant, "p99_ns")
            core = summary.of_rounds(mine, "ours", "core", variant if variant in workload.variants else
                                     workload.variants[0])
            to_core = summary.median_ratio(values, core)
            name = _TITLES.get(engine, engine) if kind == "ours" else f"{kind}: {engine}"
            note = notes.get((workload.name, engine), "") if kind == "limit" else ""
            shown = "" if variant in ("", "*") else f", {variant}"
            ratio = "-" if to_core is None else f"{texts.ratio(to_core)} x"
            lines.append(f"| {workload.title} | {name}{shown}{note} | {_cell(values, p99)} | {ratio} |")
    return "\n".join(lines) + "\n"


def absent_peers(absent: dict[str, str]) -> str:
    if not absent:
        return "All peers were there.\n"
    return "Absent:\n\n" + "".join(f"* {name}: {reason}\n" for name, reason in sorted(absent.items()))


def page(result: dict, runs: list[summary.Run], absent: dict[str, str], notes: dict[tuple[str, str], str]) -> str:
    machine = result["machine"]
    names = {run.workload for run in runs}
    workloads = [workload for workload in WORKLOADS if workload.name in names]
    disturbed = result["disturbed"]
    quiet = "The CPUs were quiet." if not disturbed else (
        f"**The CPUs were not quiet** before {len(disturbed)} of {result['steps']} measurements; waiting for that was "
        "given up. Believe ratios more than times, and neither much.")
    return (f"# {result['when']}, {machine['cpu']}, {machine['cpus']} CPUs\n\n"
            f"`{result['command']}`, {result['rounds']} rounds of {result['seconds']:g} s for each program, in random order "
            f"within a round. {quiet}\n\n"
            "A ratio is the median over the rounds of what two programs of one round took.\n\n"
            f"## Targets\n\n{targets(workloads, runs)}\n## All costs\n\n{details(workloads, runs, notes)}\n"
            f"## Peers\n\n{absent_peers(absent)}")
