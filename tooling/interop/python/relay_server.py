"""A grpcio server in front of another one: every message passes through the official protobuf runtime both ways.

Methods: `start(descriptors, methods, upstream)` with a serialised FileDescriptorSet (Base64), for each path the type names
and whether it streams, and the address of the server behind. `calls()` gives the paths that were called. `stop()` ends it.
"""
import base64
import json
import sys
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

server = None
called = set()


def codec(pool, name):
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))

    def again(data):
        message = kind()
        message.ParseFromString(data)
        return message.SerializeToString(deterministic=True)

    return again


def refuse(error, context):
    # Everything that the server behind said, the details among it.
    context.set_trailing_metadata(
        tuple((key, value) for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin")
    )
    context.abort(error.code(), error.details())


class Handlers(grpc.GenericRpcHandler):
    def __init__(self, methods, channel):
        self.methods = methods
        self.channel = channel

    def service(self, details):
        method = self.methods.get(details.method)
        if method is None:
            return None
        call = (self.channel.unary_stream if method["stream"] else self.channel.unary_unary)(details.method)

        def request(data, context):
            called.add(details.method)
            again = method["read"](data)
            if again != data:
                context.abort(grpc.StatusCode.INTERNAL, "the runtime writes this request in another way")
            return again

        def unary(data, context):
            try:
                return method["write"](call(request(data, context), timeout=30))
            except grpc.RpcError as error:
                refuse(error, context)

        def stream(data, context):
            behind = call(request(data, context))
            context.add_callback(behind.cancel)
            try:
                for each in behind:
                    yield method["write"](each)
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.CANCELLED:
                    refuse(error, context)

        if method["stream"]:
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(unary)


def start(descriptors, table, upstream):
    global server
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(base64.b64decode(descriptors)).file:
        pool.Add(file)
    methods = {
        path: {**each, "read": codec(pool, each["input"]), "write": codec(pool, each["output"])}
        for path, each in table.items()
    }
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    channel = grpc.insecure_channel(upstream, options=options)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), options=options)
    server.add_generic_rpc_handlers((Handlers(methods, channel),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return port


def calls():
    return sorted(called)


def stop():
    server.stop(0).wait()
    return True


METHODS = {"start": start, "calls": calls, "stop": stop}

for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"ok": METHODS[request["method"]](*request["args"])}
    except Exception as error:
        reply = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(reply), flush=True)
