"""fpm_peer.py pool|apply [--name=number]...: php-fpm as a pool of workers, over FastCGI on a Unix socket.

A job is a request with its bytes as the body, for a script that does nothing. Each worker has one request in
flight: FastCGI as PHP speaks it has no more.
"""

import glob
import os
import selectors
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
import measure  # pylint: disable=wrong-import-position

_BEGIN, _END, _PARAMS, _STDIN = 1, 3, 4, 5
_RESPONDER, _KEEP = 1, 1


def program() -> str:
    found = shutil.which("php-fpm") or next(iter(sorted(glob.glob("/usr/sbin/php-fpm*"))), None)
    return found or sys.exit("there is no php-fpm")


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def _pair(name: str, value: str) -> bytes:
    return struct.pack("!BB", len(name), len(value)) + name.encode() + value.encode()


def request(script: str, body: bytes) -> bytes:
    params = b"".join(_pair(name, value) for name, value in (
        ("SCRIPT_FILENAME", script), ("REQUEST_METHOD", "POST"), ("CONTENT_LENGTH", str(len(body)))))
    return (_record(_BEGIN, struct.pack("!HB5x", _RESPONDER, _KEEP)) + _record(_PARAMS, params) +
            _record(_PARAMS, b"") + _record(_STDIN, body) + _record(_STDIN, b""))


class Connection:

    def __init__(self, path: str):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self._bytes = b""

    def receive(self) -> bool:
        """Reads what is there; true when the answer is whole."""
        more = self.socket.recv(65536)
        if not more:
            sys.exit("php-fpm closed the connection")
        self._bytes += more
        while len(self._bytes) >= 8:
            _, kind, _, length, padding, _ = struct.unpack("!BBHHBB", self._bytes[:8])
            if len(self._bytes) < 8 + length + padding:
                break
            self._bytes = self._bytes[8 + length + padding:]
            if kind == _END:
                return True
        return False


class Fpm:
    """A php-fpm of our own, with so many workers."""

    def __init__(self, workers: int):
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        folder.chmod(0o755)
        self.script = str(folder / "nothing.php")
        self.socket = str(folder / "fpm.sock")
        Path(self.script).write_text("<?php\n")
        config = folder / "fpm.conf"
        config.write_text(f"[global]\nerror_log = {folder}/log\ndaemonize = no\n[bench]\nlisten = {self.socket}\n"
                          f"user = nobody\ngroup = nogroup\npm = static\npm.max_children = {workers}\n")
        command = [program(), "--nodaemonize", "--fpm-config", str(config), "-n"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(self.socket):
            if self._process.poll() is not None:
                sys.exit(f"php-fpm ended: {Path(folder / 'log').read_text()[-300:]}")
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()


def main() -> None:
    given = measure.arguments(sys.argv[2:])
    workers = 1 if sys.argv[1] == "apply" else given["workers"]
    with Fpm(workers) as fpm:
        connections = [Connection(fpm.socket) for _ in range(workers)]
        job = request(fpm.script, b"x" * given["bytes"])
        if sys.argv[1] == "apply":

            def run():
                connections[0].socket.sendall(job)
                while not connections[0].receive():
                    pass

            measure.report("apply", measure.latency(given["seconds"], run))
            return
        waiting = selectors.DefaultSelector()
        for connection in connections:
            waiting.register(connection.socket, selectors.EVENT_READ, connection)

        def run_many(items):
            sent = done = 0
            for connection in connections[:items]:
                connection.socket.sendall(job)
                sent += 1
            while done < items:
                for key, _ in waiting.select():
                    if key.data.receive():
                        done += 1
                        if sent < items:
                            key.data.socket.sendall(job)
                            sent += 1

        measure.report("pool", measure.throughput(given["seconds"], run_many))


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("pool", "apply"):
        sys.exit("usage: fpm_peer.py pool|apply [--name=number]...")
    main()
