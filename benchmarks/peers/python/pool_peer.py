"""pool_peer.py ENGINE WORKLOAD [--name=number]...: workloads of pools in Python."""

import collections
import sys
import time

import measure
from pools import POOLS


def many_jobs(new_pool, given):
    pool = new_pool(given["workers"])
    data = b"x" * given["bytes"]
    pool.wait(pool.submit(data))

    def run(items):
        flying = collections.deque()
        for _ in range(items):
            flying.append(pool.submit(data))
            if len(flying) >= given["in_flight"]:
                pool.wait(flying.popleft())
        for job in flying:
            pool.wait(job)

    measure.report("pool", measure.throughput(given["seconds"], run))
    pool.close()


def apply(new_pool, given):
    pool = new_pool(1)
    data = b"x" * given["bytes"]
    measure.report("apply", measure.latency(given["seconds"], lambda: pool.wait(pool.submit(data))))
    pool.close()


def map_numbers(new_pool, given):
    pool = new_pool(given["workers"])
    numbers = [3] * given["items"]

    def run():
        if sum(pool.map_one(numbers)) != 4 * len(numbers):
            sys.exit("wrong sum")

    measure.report("map", measure.latency(given["seconds"], run, least=2))
    pool.close()


def pool_start(new_pool, given):
    starts, ends = [], []
    finish = time.monotonic() + given["seconds"]
    while time.monotonic() < finish or len(starts) < 2:
        begun = time.monotonic_ns()
        pool = new_pool(given["workers"])
        pool.wait(pool.submit(b""))
        first = time.monotonic_ns()
        pool.close()
        starts.append(first - begun)
        ends.append(time.monotonic_ns() - first)
    measure.report("pool_start", measure.of_samples(starts), "start")
    measure.report("pool_start", measure.of_samples(ends), "end")


WORKLOADS = {"pool": many_jobs, "apply": apply, "map": map_numbers, "pool_start": pool_start}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in POOLS or sys.argv[2] not in WORKLOADS:
        sys.exit(f"usage: pool_peer.py {'|'.join(POOLS)} {'|'.join(WORKLOADS)} [--name=number]...")
    WORKLOADS[sys.argv[2]](POOLS[sys.argv[1]], measure.arguments(sys.argv[3:]))
