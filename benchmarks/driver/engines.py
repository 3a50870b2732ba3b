"""How each engine is started, ours and the peers; and which peers are not here, with the reason.

tools/bench-setup installs the peers and writes down what it found: the file peers.json in the folder that
`home()` names, {"NAME": {"version": "..."}} or {"NAME": {"absent": "the reason"}}.
"""

import json
import os
import sys
from pathlib import Path

_PEERS = Path(__file__).resolve().parent.parent / "peers"

_OURS = {
    "core": "workloads/native/workloads_core",
    "c": "workloads/native/workloads_c",
    "ruby": "workloads/ruby/workloads",
    "go": "workloads/go/workloads",
    "lua": "workloads/lua/workloads",
}

_PYTHON_POOLS = ("billiard", "multiprocessing", "concurrent.futures", "pebble", "loky", "ray")
_PYTHON_OBJECTS = ("billiard", "multiprocessing")
_OF_POOLS = ("pool", "apply", "map", "pool_start")
NOT_SET_UP = "tools/bench-setup was not run"
# Those that need nothing but Python itself.
_ALWAYS = ("multiprocessing", "concurrent.futures")


def home() -> Path:
    """Where tools/bench-setup puts what it installs."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("BILLIARD_BENCH_HOME") or Path(cache) / "billiard-bench")


def read_peers(folder: Path) -> dict[str, dict]:
    file = folder / "peers.json"
    return json.loads(file.read_text()) if file.exists() else {}


class Engines:

    def __init__(self, binaries: Path, folder: Path | None = None):
        self._binaries = binaries
        self._folder = folder or home()
        self._peers = read_peers(self._folder)
        python = self._folder / "venv" / "bin" / "python3"
        self._python = str(python) if python.exists() else sys.executable

    def ours(self, engine: str, program: str, arguments: tuple[str, ...]) -> list[str]:
        return [str(self._binaries / "benchmarks" / _OURS[engine]), program, *arguments]

    def limit(self, command: tuple[str, ...]) -> list[str]:
        folder = "workloads/native" if command[0].startswith("workloads_") else "limit"
        return [str(self._binaries / "benchmarks" / folder / command[0]), *command[1:]]

    def why_absent(self, peer: str) -> str | None:
        if peer in self._peers:
            return self._peers[peer].get("absent")
        return None if peer in _ALWAYS else NOT_SET_UP

    def version(self, peer: str) -> str:
        return self._peers.get(peer, {}).get("version", "")

    def peer(self, peer: str, program: str, arguments: tuple[str, ...]) -> list[str] | None:
        """None: it has nothing like this workload."""
        if peer in _PYTHON_POOLS and program in _OF_POOLS:
            return [self._python, str(_PEERS / "python" / "pool_peer.py"), peer, program, *arguments]
        if peer in _PYTHON_OBJECTS:
            return [self._python, str(_PEERS / "python" / "object_peer.py"), peer, program, *arguments]
        if peer == "iceoryx2":
            return [self._python, str(_PEERS / "python" / "iceoryx2_peer.py"), program, *arguments]
        if peer in ("boost.interprocess", "posix mq", "zeromq"):
            if peer == "posix mq" and "--bytes=1048576" in arguments:
                return None  # its messages are no longer than 8 KiB unless the system is told otherwise
            return [str(self._folder / "bin" / "queue_peer"), peer.replace(" ", "_"), program, *arguments]
        if program not in ("pool", "apply", "pool_start", "map"):
            return None
        if peer == "go pipes" and program in ("pool", "apply", "pool_start"):
            return [str(self._folder / "bin" / "go_pipes"), program, *arguments]
        if peer == "ruby parallel" and program in ("pool", "map", "pool_start"):
            return ["ruby", str(_PEERS / "ruby" / "parallel_peer.rb"), program, *arguments]
        if peer in ("tinypool", "workerpool") and program in ("pool", "apply", "pool_start"):
            return ["node", str(_PEERS / "node" / "pool_peer.js"), str(self._folder / "node"), peer, program,
                    *arguments]
        if peer == "gearman" and program in ("pool", "apply"):
            return [str(self._folder / "bin" / "gearman_peer"), program, *arguments]
        if peer == "php-fpm" and program in ("pool", "apply"):
            return [self._python, str(_PEERS / "php" / "fpm_peer.py"), program, *arguments]
        return None
