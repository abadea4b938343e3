"""Plays recorded replies over a real socket with grpcio and the official protobuf runtime.

Methods: `start(descriptors, table)` with a serialised FileDescriptorSet (Base64) and, for each path, the type names, whether
it streams, and the answers by request (all Base64, a status as {code, message}). Messages pass through the runtime both
ways, so that what it cannot read fails. `stop()` ends the server.
"""
import base64
import json
import sys
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

server = None


def codec(pool, name):
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))

    def again(data):
        message = kind()
        message.ParseFromString(data)
        return message.SerializeToString(deterministic=True)

    return again


def answer(method, request, context):
    data = method["read"](request)
    if data != request:
        context.abort(grpc.StatusCode.INTERNAL, "the runtime writes this request in another way")
    entry = method["answers"].get(base64.b64encode(data).decode())
    if entry is None:
        context.abort(grpc.StatusCode.INTERNAL, "no such request was recorded")
    if "code" in entry:
        context.abort(getattr(grpc.StatusCode, entry["code"]), entry["message"])
    return [method["write"](base64.b64decode(each)) for each in entry["replies"]]


class Handlers(grpc.GenericRpcHandler):
    def __init__(self, methods):
        self.methods = methods

    def service(self, details):
        method = self.methods.get(details.method)
        if method is None:
            return None
        if method["stream"]:
            return grpc.unary_stream_rpc_method_handler(lambda r, c: iter(answer(method, r, c)))
        return grpc.unary_unary_rpc_method_handler(lambda r, c: answer(method, r, c)[0])


def start(descriptors, table):
    global server
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(base64.b64decode(descriptors)).file:
        pool.Add(file)
    methods = {
        path: {**each, "read": codec(pool, each["input"]), "write": codec(pool, each["output"])}
        for path, each in table.items()
    }
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    server.add_generic_rpc_handlers((Handlers(methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return port


def stop():
    server.stop(0).wait()
    return True


METHODS = {"start": start, "stop": stop}

for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"ok": METHODS[request["method"]](*request["args"])}
    except Exception as error:
        reply = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(reply), flush=True)
