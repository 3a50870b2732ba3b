"""Pools of the Python peers, with one shape: submit, wait, map, close.

Each class is made with a number of workers. `submit` returns something that `wait` waits for. `map_one` is
the map of the engine's own default chunking over a list of integers.
"""

import tasks


class MultiprocessingPool:
    """multiprocessing, and billiard, which has the same interface."""
    module = "multiprocessing"

    def __init__(self, workers: int):
        self._pool = self._library().Pool(workers)

    @classmethod
    def _library(cls):
        return __import__(cls.module)

    def submit(self, data):
        return self._pool.apply_async(tasks.no_op, (data,))

    @staticmethod
    def wait(job):
        job.get()

    def map_one(self, numbers):
        return self._pool.map(tasks.add_one, numbers)

    def close(self):
        self._pool.close()
        self._pool.join()


class BilliardPool(MultiprocessingPool):
    module = "billiard"


class ConcurrentFuturesPool:
    """concurrent.futures, and others with the same interface."""

    def __init__(self, workers: int):
        self._pool = self._make(workers)

    @staticmethod
    def _make(workers):
        from concurrent.futures import ProcessPoolExecutor
        import multiprocessing
        return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))

    def submit(self, data):
        return self._pool.submit(tasks.no_op, data)

    @staticmethod
    def wait(job):
        job.result()

    def map_one(self, numbers):
        return list(self._pool.map(tasks.add_one, numbers))

    def close(self):
        self._pool.shutdown()


class LokyPool(ConcurrentFuturesPool):

    @staticmethod
    def _make(workers):
        from loky import ProcessPoolExecutor
        return ProcessPoolExecutor(workers)


class PebblePool(ConcurrentFuturesPool):

    @staticmethod
    def _make(workers):
        from pebble import ProcessPool
        return ProcessPool(max_workers=workers)

    def submit(self, data):
        return self._pool.submit(tasks.no_op, None, data)

    def map_one(self, numbers):
        return list(self._pool.map(tasks.add_one, numbers).result())

    def close(self):
        self._pool.close()
        self._pool.join()


class RayPool:
    """Ray's tasks, on one node of this machine."""

    def __init__(self, workers: int):
        import ray
        self._ray = ray
        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="error")
        self._no_op = ray.remote(tasks.no_op)
        self._add_one = ray.remote(tasks.add_one)

    def submit(self, data):
        return self._no_op.remote(data)

    def wait(self, job):
        self._ray.get(job)

    def map_one(self, numbers):
        return self._ray.get([self._add_one.remote(number) for number in numbers])

    def close(self):
        self._ray.shutdown()


POOLS = {
    "multiprocessing": MultiprocessingPool,
    "billiard": BilliardPool,
    "concurrent.futures": ConcurrentFuturesPool,
    "loky": LokyPool,
    "pebble": PebblePool,
    "ray": RayPool,
}
