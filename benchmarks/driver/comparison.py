"""One run of everything, interleaved: in each round all programs of a workload run one after the other, in random
order, so that whatever else the machine does meets all alike."""

import random
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass

import machine
import programs
from catalogue import Workload
from engines import Engines
from summary import Run


@dataclass(frozen=True)
class Options:
    rounds: int
    seconds: float  # of each program
    patience: float  # for quiet CPUs, before each workload of a round
    budget: float  # nothing is begun after so many seconds
    timeout: float  # of a peer; our own programs and the probes may take four times as long
    repeat_bound: float = float("inf")  # a program that took longer is not run in later rounds


@dataclass(frozen=True)
class Step:
    """One program of a workload."""
    kind: str
    engine: str
    command: list[str]


def steps_of(workload: Workload, engines: Engines) -> list[Step]:
    steps = [Step("limit", name, engines.limit(limit.command)) for name, limit in workload.limits.items()]
    steps += [Step("ours", name, engines.ours(name, workload.program, workload.arguments)) for name in workload.ours]
    for peer in workload.peers:
        command = engines.peer(peer, workload.program, workload.arguments)
        if command is not None and engines.why_absent(peer) is None:
            steps.append(Step("peer", peer, command))
    return steps


def absent_peers(workloads, engines: Engines) -> dict[str, str]:
    peers = {peer for workload in workloads for peer in workload.peers}
    return {peer: reason for peer in peers if (reason := engines.why_absent(peer)) is not None}


class Comparison:

    def __init__(self, workloads, engines: Engines, options: Options, say=None):
        self._workloads = workloads
        self._engines = engines
        self._options = options
        self._say = say or (lambda text: print(text, file=sys.stderr, flush=True))
        self.runs: list[Run] = []
        self.failures: dict[tuple[str, str], str] = {}  # (workload, engine) -> what it said
        self.disturbed: list[dict] = []
        self._took: dict[tuple[str, str], float] = {}  # (workload, engine) -> seconds of its last run
        self._end = 0.0
        self.measured = 0  # workloads, in all rounds
        self.left_out: list[str] = []  # "round N: workload"

    def run(self) -> None:
        self._end = time.monotonic() + self._options.budget
        for number in range(self._options.rounds):
            for workload in self._workloads:
                if self._is_over():
                    self.left_out.append(f"round {number + 1}: {workload.name}")
                    continue
                self._run_workload(workload, number)

    def _is_over(self) -> bool:
        return time.monotonic() > self._end

    def _run_workload(self, workload: Workload, number: int) -> None:
        busy = machine.await_quiet(self._options.patience)
        self.measured += 1
        if busy is not None:
            self.disturbed.append({"round": number, "workload": workload.name, "busy": round(busy, 2)})
        steps = steps_of(workload, self._engines)
        random.shuffle(steps)
        noise = "" if busy is None else f"  (CPUs {busy:.0%} busy; gave up waiting)"
        self._say(f"round {number + 1}/{self._options.rounds}  {workload.name}: {len(steps)} programs{noise}")
        with programs.hog(sys.executable) if workload.hogged else nullcontext():
            for step in steps:
                known = (workload.name, step.engine)
                if known in self.failures or self._took.get(known, float("-inf")) > self._options.repeat_bound:
                    continue
                if self._is_over():
                    self.left_out.append(f"round {number + 1}: {workload.name}, {step.engine}")
                    continue
                begun = time.monotonic()
                self._run_step(workload, number, step)
                self._took[known] = time.monotonic() - begun

    def _run_step(self, workload: Workload, number: int, step: Step) -> None:
        try:
            timeout = self._options.timeout * (1 if step.kind == "peer" else 4)
            lines = programs.run(step.command, self._options.seconds, workload.cpus, timeout)
        except (programs.ProgramFailed, OSError) as problem:
            self.failures[workload.name, step.engine] = str(problem)
            self._say(f"    {step.engine}: {problem}")
            return
        for line in lines:
            self.runs.append(Run(workload.name, step.kind, step.engine, number, line.variant, line.ns, line.p99_ns,
                                 line.items))
