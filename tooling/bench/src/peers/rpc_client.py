"""Calls GetObject as fast as grpcio goes, so many calls at once. Arguments: port, body in hex, calls at once."""
import json
import sys
import threading
import time

import grpc

port, body, parallel = sys.argv[1], bytes.fromhex(sys.argv[2]), int(sys.argv[3])
call = grpc.insecure_channel(f"127.0.0.1:{port}").unary_unary(
    "/soma.rpc.LedgerService/GetObject",
    request_serializer=lambda value: value,
    response_deserializer=lambda value: value,
)


def run(seconds):
    times = []
    start = time.perf_counter()

    def lane():
        while time.perf_counter() - start < seconds:
            began = time.perf_counter()
            call(body)
            times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=lane) for _ in range(parallel)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    times.sort()
    return {"callsPerSecond": len(times) / elapsed, "p99": times[int(len(times) * 0.99)] * 1000}


run(1)
print(json.dumps(run(2)))
