"""One process per language at once on the same lock, event, barriers, queue, value and array
(README.md, "Together")."""

import os
import random
import re
import signal
import subprocess
import threading
import time

import runner
from runner import Runner, new_nonce

ROUNDS = 200
ENDLESS = 10**9  # rounds of who is going to be killed


class Failed(Exception):
    """What a process did wrong."""


class Cast:
    """The processes of one play. What still runs when the time is over is killed; its silence is
    then what goes wrong."""

    def __init__(self):
        self._nonce = new_nonce()
        self.name = f"together-{self._nonce}"
        self._lock = threading.Lock()
        self._processes = []
        self._over = False
        self._timer = threading.Timer(runner.LIMIT_SECONDS, self._kill_all)

    def __enter__(self):
        self._timer.start()
        return self

    def __exit__(self, *_error):
        self._timer.cancel()
        self._kill_all()
        for process in self._processes:
            process.communicate()

    def _kill_all(self):
        with self._lock:
            self._over = True
            for process in self._processes:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def start(self, language: Runner, role: str, *arguments) -> "Role":
        with self._lock:
            if self._over:
                raise Failed(f"the time is over before {role} of {language.language} starts")
            process = language.start(self._nonce, "--assist", role, *map(str, arguments),
                                     stdin=subprocess.PIPE)
            self._processes.append(process)
        return Role(f"{role} of {language.language}", process)


class Role:
    """One process, which speaks by lines."""

    def __init__(self, name: str, process: subprocess.Popen):
        self._name = name
        self._process = process

    def line(self) -> str:
        line = self._process.stdout.readline().decode("utf-8", errors="backslashreplace")
        if not line.endswith("\n"):
            raise Failed(f"{self._name} ended: {self._end()}")
        return line[:-1]

    def expect(self, expected: str):
        line = self.line()
        if line != expected:
            raise Failed(f"{self._name}: expected {expected!r}\n     got {line!r}")

    def kill(self):
        self._process.kill()
        self._process.wait()

    def finish(self):
        """Lets it go to its end, which must be a good one."""
        end = self._end()
        if self._process.returncode != 0:
            raise Failed(f"{self._name}: {end}")

    def _end(self) -> str:
        output, errors = self._process.communicate()
        return f"status {self._process.returncode}, {output!r}, {errors.decode(errors='replace')}"


def outcome_of(parties: int, recovered: int) -> str:
    """What each of so many processes must print, when one was told so often of a dead holder."""
    added = parties * ROUNDS
    total = added * (ROUNDS + 1) // 2
    return f"{added} {added} {added} {total} size=0 recovered={recovered}"


def play_together(parties: list[Runner], starter: Runner) -> str:
    """All of them work, to exact counts; what was wrong, or ""."""
    try:
        with Cast() as cast:
            count = len(parties)
            roles = [cast.start(one, "together", cast.name, count, count, ROUNDS)
                     for one in parties]
            _let_go(cast, roles, starter)
            for role in roles:
                role.expect(outcome_of(count, 0))
            for role in roles:
                role.finish()
    except Failed as failed:
        return str(failed)
    return ""


def play_together_with_death(survivors: list[Runner], victim: Runner) -> str:
    """The victim is killed while it holds the lock that all want: they go on, to exact counts, and
    exactly one of them is told; what was wrong, or ""."""
    try:
        with Cast() as cast:
            count = len(survivors)
            dying = cast.start(victim, "hold_together", cast.name, count + 1)
            roles = [cast.start(one, "together", cast.name, count + 1, count, ROUNDS)
                     for one in survivors]
            _let_go(cast, [dying, *roles], victim)
            dying.expect("held")
            dying.kill()
            outcomes = sorted(role.line() for role in roles)
            expected = sorted([outcome_of(count, 1)] + [outcome_of(count, 0)] * (count - 1))
            if outcomes != expected:
                return f"expected {expected}\n     got {outcomes}"
            for role in roles:
                role.finish()
    except Failed as failed:
        return str(failed)
    return ""


def play_with_kill_anywhere(survivor: Runner, victim: Runner) -> str:
    """Both work; the victim is killed at some moment of its rounds. The other goes on to its end, and
    what both have counted differs by no more than the one round that the victim was in; what was
    wrong, or ""."""
    try:
        with Cast() as cast:
            gate = cast.start(survivor, "hold_together", cast.name, 3)
            dying = cast.start(victim, "together", cast.name, 3, 2, ENDLESS)
            role = cast.start(survivor, "together", cast.name, 3, 2, ROUNDS)
            _let_go(cast, [gate, dying, role], survivor)
            gate.expect("held")  # so all have met, and none is in its rounds yet
            gate.finish()
            time.sleep(random.uniform(0, 0.03))
            dying.kill()
            # The survivor has no end before the other place there is taken.
            last = cast.start(survivor, "wait_barrier", f"{cast.name}-end")
            last.expect("ready")
            outcome = role.line()
            role.finish()
            return _wrong_after_kill(outcome)
    except Failed as failed:
        return str(failed)


def _wrong_after_kill(outcome: str) -> str:
    numbers = [int(number) for number in re.findall(r"\d+", outcome)]
    if len(numbers) != 6:
        return f"not an outcome: {outcome!r}"
    locked, locked_too, atomic, _sum, size, recovered = numbers
    wrong = [text for text, right in (
        ("less than the survivor's own", min(locked, locked_too, atomic) >= ROUNDS),
        ("more than one round apart", 1 >= locked - atomic >= locked - locked_too >= 0),
        ("more than one message is left", size <= 1),
        ("told more than once", recovered <= 1)) if not right]
    return f"{', '.join(wrong)}: {outcome!r}" if wrong else ""


def _let_go(cast: Cast, roles: list[Role], starter: Runner):
    for role in roles:
        role.expect("ready")
    setter = cast.start(starter, "set_event", f"{cast.name}-event")
    setter.expect("done")
    setter.finish()
