"""Runs a language's conformance runner, and holds what it printed against the table."""

import os
import secrets
import signal
import subprocess
from dataclasses import dataclass

from scenario_table import PEER_SCENARIO, Scenario

LIMIT_SECONDS = 60


@dataclass(frozen=True)
class Runner:
    language: str
    program: str

    def start(self, *arguments: str, stdin=subprocess.DEVNULL,
              assistant: "Runner | None" = None) -> subprocess.Popen:
        """`assistant`: whose program plays the assistants, instead of its own."""
        environment = dict(os.environ)
        if assistant is not None:
            environment["BILLIARD_ASSISTANT"] = os.path.abspath(assistant.program)
        # An own session, so that a runner which hangs is ended with all that it has started.
        return subprocess.Popen(
            [self.program, *arguments], stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, env=environment)

    def list(self) -> list[str]:
        output, complaint = finish(self.start("--list"))
        if complaint:
            raise RuntimeError(f"{self.language} --list: {complaint}")
        return output.splitlines()


def new_nonce() -> str:
    return secrets.token_hex(8)


def finish(process: subprocess.Popen) -> tuple[str, str]:
    """The standard output, and what was wrong with the process itself, or ""."""
    try:
        output, errors = process.communicate(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        return _text(output), f"no end after {LIMIT_SECONDS} s; standard error:\n{_text(errors)}"
    if process.returncode != 0:
        return _text(output), f"exit status {process.returncode}; standard error:\n{_text(errors)}"
    return _text(output), ""


def _text(output: bytes) -> str:
    return output.decode("utf-8", errors="backslashreplace")


def complaint_about(output: str, scenario: str, nonce: str, outcome: str) -> str:
    """What is wrong with the printed lines, or ""."""
    wanted = f"{scenario}\t{nonce}\t{outcome}\n"
    if output == wanted:
        return ""
    return f"expected {wanted!r}\n     got {output!r}"


def play(runner: Runner, scenario: Scenario, assistant: Runner | None = None) -> str:
    """Plays one scenario; what was wrong, or ""."""
    nonce = new_nonce()
    output, complaint = finish(runner.start(nonce, scenario.name, assistant=assistant))
    expected = scenario.outcome(runner.language, nonce)
    return "\n".join(filter(None, [
        complaint_about(output, scenario.name, nonce, expected), complaint]))


def play_pair(putter: Runner, getter: Runner, scenario: Scenario) -> str:
    """One language puts, another gets, at the same time; what was wrong, or ""."""
    nonce = new_nonce()
    queue = f"conformance-{nonce}"
    getting = getter.start(nonce, "--peer", "get", queue)
    putting = putter.start(nonce, "--peer", "put", queue)
    got, get_complaint = finish(getting)
    put, put_complaint = finish(putting)
    return "\n".join(filter(None, [
        complaint_about(got, PEER_SCENARIO, nonce, scenario.outcome(getter.language, nonce)),
        complaint_about(put, PEER_SCENARIO, nonce, "ok put 16"),
        get_complaint, put_complaint]))
