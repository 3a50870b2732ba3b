"""From runs to medians, ratios and verdicts. Pure functions over what was measured."""

import statistics
from dataclasses import dataclass

from catalogue import Target, Workload


@dataclass(frozen=True)
class Run:
    """One line of one program. kind: "ours", "limit" or "peer"."""
    workload: str
    kind: str
    engine: str
    round: int
    variant: str
    ns: float
    p99_ns: float | None = None
    items: int = 0

    def measure(self, name: str) -> float | None:
        return self.ns if name == "ns" else self.p99_ns


@dataclass(frozen=True)
class Figure:
    median: float
    least: float
    most: float
    rounds: int


@dataclass(frozen=True)
class Verdict:
    target: Target
    value: float | None  # the ratio, the rate or the time; None: something is missing
    good: bool | None
    note: str = ""


def of_rounds(runs: list[Run], kind: str, engine: str, variant: str, measure: str = "ns") -> dict[int, float]:
    """Round -> figure. Variant "*": the best of each round."""
    found: dict[int, float] = {}
    for run in runs:
        value = run.measure(measure)
        if run.kind != kind or run.engine != engine or value is None:
            continue
        if variant == "*":
            found[run.round] = min(value, found.get(run.round, value))
        elif run.variant == variant:
            found[run.round] = value
    return found


def figure(values: dict[int, float]) -> Figure | None:
    if not values:
        return None
    return Figure(statistics.median(values.values()), min(values.values()), max(values.values()), len(values))


def median_ratio(above: dict[int, float], below: dict[int, float]) -> float | None:
    """The median of the ratios of the rounds that both have: what disturbed a round disturbed both."""
    both = above.keys() & below.keys()
    return statistics.median(above[number] / below[number] for number in both) if both else None


def best_peer(runs: list[Run], workload: Workload, variant: str) -> tuple[str, dict[int, float]] | None:
    peers = {peer: of_rounds(runs, "peer", peer, variant) for peer in workload.peers}
    there = {peer: values for peer, values in peers.items() if values}
    if not there:
        return None
    name = min(there, key=lambda peer: statistics.median(there[peer].values()))
    return name, there[name]


def judge(workload: Workload, target: Target, runs: list[Run]) -> Verdict:
    """`runs` are those of the workload."""
    ours = of_rounds(runs, "ours", target.engine, target.variant, target.measure)
    if not ours:
        return Verdict(target, None, None, f"{target.engine} was not measured")
    if target.kind == "per second":
        rate = 1e9 / statistics.median(ours.values())
        return Verdict(target, rate, rate >= target.bound)
    if target.kind == "ns":
        took = statistics.median(ours.values())
        return Verdict(target, took, took <= target.bound)
    if target.kind == "ahead":
        best = best_peer(runs, workload, target.variant)
        if best is None:
            return Verdict(target, None, None, "no peer was measured")
        ratio = median_ratio(best[1], ours)
        return Verdict(target, ratio, None if ratio is None else ratio > target.bound, best[0])
    if target.against in workload.limits:
        variant = workload.limits[target.against].variant
        other = of_rounds(runs, "limit", target.against, variant, target.measure)
    else:
        kind = "ours" if target.against in workload.ours else "peer"
        other = of_rounds(runs, kind, target.against, target.variant, target.measure)
    ratio = median_ratio(other, ours) if target.kind == "speed" else median_ratio(ours, other)
    if ratio is None:
        return Verdict(target, None, None, f"{target.against} was not measured")
    return Verdict(target, ratio, ratio >= target.bound if target.kind == "speed" else ratio <= target.bound)
