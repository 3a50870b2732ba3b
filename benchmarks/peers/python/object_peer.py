"""object_peer.py multiprocessing|billiard WORKLOAD [--name=number]...: queues, locks and values in Python."""

import importlib
import sys

import measure


def _other(library, target, *args):
    process = library.Process(target=target, args=args, daemon=True)
    process.start()
    return process


def _put_for_ever(queue, data):
    while True:
        queue.put(data)


def _echo(there, back):
    while True:
        back.put(there.get())


def _take_for_ever(kind, count):
    while True:
        kind.acquire()
        kind.release()
        count.value += 1


def _echo_event(there, back):
    while True:
        there.wait()
        there.clear()
        back.set()


def _hand_over(condition, theirs, to):
    with condition:
        while theirs.value == to:
            condition.wait()
        theirs.value = to
        condition.notify()


def _echo_turn(condition, theirs):
    while True:
        _hand_over(condition, theirs, 0)


def queue(library, given):
    # A bound, so that the producer's memory does not grow.
    queue = library.Queue(1000 if given["bytes"] <= 65536 else 16)
    other = _other(library, _put_for_ever, queue, b"x" * given["bytes"])

    def run(items):
        for _ in range(items):
            queue.get()

    figures = measure.throughput(given["seconds"], run)
    other.kill() if hasattr(other, "kill") else other.terminate()
    return figures


def ping_pong(library, given):
    there, back = library.Queue(), library.Queue()
    other = _other(library, _echo, there, back)
    data = b"x" * given["bytes"]

    def run():
        there.put(data)
        back.get()

    figures = measure.latency(given["seconds"], run)
    other.terminate()
    return figures


def _alone(kind, given):

    def run(items):
        for _ in range(items):
            kind.acquire()
            kind.release()

    return measure.throughput(given["seconds"], run)


def _contended(library, kind, given):
    count = library.Value("l", 0, lock=False)
    other = _other(library, _take_for_ever, kind, count)

    def run(items):
        before, mine = count.value, 0
        while mine + count.value - before < items:
            kind.acquire()
            kind.release()
            mine += 1

    figures = measure.throughput(given["seconds"], run)
    other.terminate()
    return figures


def event(library, given):
    there, back = library.Event(), library.Event()
    other = _other(library, _echo_event, there, back)

    def run():
        there.set()
        back.wait()
        back.clear()

    figures = measure.latency(given["seconds"], run)
    other.terminate()
    return figures


def condition(library, given):
    condition, theirs = library.Condition(), library.Value("i", 0, lock=False)
    other = _other(library, _echo_turn, condition, theirs)

    def run():
        _hand_over(condition, theirs, 1)
        with condition:
            while theirs.value == 1:
                condition.wait()

    figures = measure.latency(given["seconds"], run)
    other.terminate()
    return figures


def value_locked_add(library, given):
    value = library.Value("l", 0)

    def run(items):
        for _ in range(items):
            with value.get_lock():
                value.value += 1

    return measure.throughput(given["seconds"], run)


def array_copy(library, given):
    array = library.Array("B", given["bytes"], lock=False)
    view, data = memoryview(array).cast("B"), b"x" * given["bytes"]

    def run(items):
        for _ in range(items):
            view[:] = data

    return measure.throughput(given["seconds"], run)


def _nothing():
    pass


def process_fork(library, given):
    ballast = bytearray(given["rss_mb"] << 20)  # touched, since bytearray zeroes it
    ballast[::4096] = b"x" * len(ballast[::4096])

    def run():
        process = library.Process(target=_nothing)
        process.start()
        process.join()

    return measure.latency(given["seconds"], run)


WORKLOADS = {
    "queue": queue,
    "ping_pong": ping_pong,
    "lock": lambda library, given: _alone(library.Lock(), given),
    "semaphore": lambda library, given: _alone(library.Semaphore(1), given),
    "lock_contended": lambda library, given: _contended(library, library.Lock(), given),
    "semaphore_contended": lambda library, given: _contended(library, library.Semaphore(1), given),
    "event": event,
    "condition": condition,
    "value_locked_add": value_locked_add,
    "array_copy": array_copy,
    "process_fork": process_fork,
}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("multiprocessing", "billiard") or sys.argv[2] not in WORKLOADS:
        sys.exit(f"usage: object_peer.py multiprocessing|billiard {'|'.join(WORKLOADS)} [--name=number]...")
    library = importlib.import_module(sys.argv[1])
    measure.report(sys.argv[2], WORKLOADS[sys.argv[2]](library, measure.arguments(sys.argv[3:])))
