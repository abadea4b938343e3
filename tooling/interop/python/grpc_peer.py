"""grpcio as a process, at either end of a call: one JSON request a line, one JSON answer a line.

As a client it calls whatever address it is given. As a server (`serve`) it plays the replies that it was told. Bodies
travel as hex; they are never parsed here, so protobuf and BCS services are the same to it.
"""
import json
import sys
import threading
from concurrent import futures

import grpc
from google.protobuf import descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

PASS = {"request_serializer": lambda body: body, "response_deserializer": lambda body: body}
COMPRESSIONS = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate, "identity": grpc.Compression.NoCompression}
channels = {}
server = None
replies = {}
requests = []


def channel(target):
    if target not in channels:
        channels[target] = grpc.insecure_channel(target)
    return channels[target]


def failed(error):
    return {
        "code": error.code().name,
        "message": error.details(),
        "details": next((value.hex() for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin"), None),
    }


def text(metadata):
    return {key: value for key, value in metadata if isinstance(value, str)}


def unary(target, path, body, options):
    call = channel(target).unary_unary(path, **PASS)
    try:
        reply, state = call.with_call(
            bytes.fromhex(body),
            timeout=options.get("timeout", 20),
            compression=COMPRESSIONS.get(options.get("compression")),
            metadata=list(options.get("metadata", {}).items()),
        )
    except grpc.RpcError as error:
        return failed(error)
    return {"code": "OK", "body": reply.hex(), "headers": text(state.initial_metadata()), "trailers": text(state.trailing_metadata())}


def stream(target, path, body, options):
    call = channel(target).unary_stream(path, **PASS)(bytes.fromhex(body), timeout=options.get("timeout", 20))
    bodies = []
    try:
        for reply in call:
            bodies.append(reply.hex())
            if len(bodies) == options.get("cancel_after"):
                call.cancel()
    except grpc.RpcError as error:
        return {"bodies": bodies, **failed(error)}
    return {"bodies": bodies, "code": call.code().name}


def parallel(target, path, body, count):
    call = channel(target).unary_unary(path, **PASS)
    pending = [call.future(bytes.fromhex(body), timeout=30) for _ in range(count)]
    return len([each for each in pending if each.result() is not None])


def health(target, service):
    stub = health_pb2_grpc.HealthStub(channel(target))
    try:
        status = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=10).status
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=service), timeout=10)
        first = next(iter(watch)).status
        watch.cancel()
        return {"code": "OK", "check": status, "watch": first}
    except grpc.RpcError as error:
        return failed(error)


def reflection(target, symbol):
    database = ProtoReflectionDescriptorDatabase(channel(target))
    pool = descriptor_pool.DescriptorPool(database)
    return {
        "services": sorted(database.get_services()),
        "fields": {field.name: field.number for field in pool.FindMessageTypeByName(symbol).fields},
    }


def close(target):
    channels.pop(target).close()
    return True


class Player(grpc.GenericRpcHandler):
    """Answers every path from `replies`: messages, then a status."""

    def service(self, details):
        reply = replies.get(details.method)
        if reply is None:
            return None

        def finish(context):
            if reply.get("details"):
                context.set_trailing_metadata((("grpc-status-details-bin", bytes.fromhex(reply["details"])),))
            if reply.get("code", "OK") != "OK":
                context.abort(grpc.StatusCode[reply["code"]], reply.get("message", ""))

        def before(body, context):
            requests.append({"path": details.method, "body": body.hex(), "headers": text(details.invocation_metadata)})
            if reply.get("compression"):
                context.set_compression(COMPRESSIONS[reply["compression"]])
            context.send_initial_metadata(tuple(reply.get("headers", {}).items()))

        def play_stream(body, context):
            before(body, context)
            for message in reply["messages"]:
                yield bytes.fromhex(message)
            if reply.get("hang"):
                ended = threading.Event()
                context.add_callback(ended.set)
                ended.wait(20)
            finish(context)

        def play_unary(body, context):
            before(body, context)
            finish(context)
            return bytes.fromhex(reply["messages"][0])

        if reply.get("stream"):
            return grpc.unary_stream_rpc_method_handler(play_stream)
        return grpc.unary_unary_rpc_method_handler(play_unary)


def serve():
    global server
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), handlers=(Player(),), options=(("grpc.so_reuseport", 0),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return port


def play(path, reply):
    replies[path] = reply
    return True


def heard():
    taken = list(requests)
    requests.clear()
    return taken


METHODS = {
    "unary": unary,
    "stream": stream,
    "parallel": parallel,
    "health": health,
    "reflection": reflection,
    "close": close,
    "serve": serve,
    "play": play,
    "heard": heard,
}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"ok": METHODS[request["method"]](*request["args"])}
    except Exception as error:  # a refusal of grpcio is the result of a test
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer), flush=True)
for each in channels.values():
    each.close()
if server is not None:
    server.stop(None)
