"""Measures as tools.mjs does, and prints one JSON object."""
import json
import time


def calls_per_second(run, min_seconds=1.0, batch=100):
    def measure(limit):
        start = time.perf_counter()
        calls, elapsed = 0, 0.0
        while elapsed < limit:
            for _ in range(batch):
                run()
            calls += batch
            elapsed = time.perf_counter() - start
        return calls / elapsed

    measure(min_seconds / 4)
    print(json.dumps({"callsPerSecond": measure(min_seconds)}))


def megabytes_per_second(size, run):
    start = time.perf_counter()
    run()
    print(json.dumps({"megabytesPerSecond": size / (time.perf_counter() - start) / 1e6}))
