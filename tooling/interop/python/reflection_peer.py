"""grpcio against a server of which it knows nothing but reflection.

One JSON request a line, one JSON answer a line. Messages are made from the descriptors that the server gives, and travel
here in protobuf's JSON form.
"""
import json
import sys

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

channels = {}


class Server:
    def __init__(self, target):
        self.channel = grpc.insecure_channel(target)
        self.database = ProtoReflectionDescriptorDatabase(self.channel)
        self.pool = descriptor_pool.DescriptorPool(self.database)

    def method(self, path):
        service, name = path.split("/")
        return self.pool.FindServiceByName(service).methods_by_name[name]


def server(target):
    if target not in channels:
        channels[target] = Server(target)
    return channels[target]


def services(target):
    """Every service with its methods."""
    peer = server(target)
    return {
        name: sorted(peer.pool.FindServiceByName(name).methods_by_name)
        for name in sorted(peer.database.get_services())
    }


def call(target, path, request, options):
    """The replies of a call, of a stream the first `take`."""
    peer = server(target)
    method = peer.method(path)
    message = json_format.ParseDict(request, message_factory.GetMessageClass(method.input_type)(), descriptor_pool=peer.pool)
    output = message_factory.GetMessageClass(method.output_type)
    if method.input_type.full_name == "google.protobuf.Any":
        raise ValueError("no method takes Any")
    codecs = {"request_serializer": lambda each: each.SerializeToString(), "response_deserializer": output.FromString}
    metadata = list(options.get("metadata", {}).items())
    found = []
    try:
        if method.server_streaming:
            stream = peer.channel.unary_stream(f"/{path}", **codecs)(message, timeout=20, metadata=metadata)
            for reply in stream:
                found.append(reply)
                if len(found) == options.get("take", 1):
                    stream.cancel()
                    break
        else:
            found.append(peer.channel.unary_unary(f"/{path}", **codecs)(message, timeout=20, metadata=metadata))
    except grpc.RpcError as error:
        return {"code": error.code().name, "message": error.details()}
    return {
        "code": "OK",
        "replies": [json_format.MessageToDict(each, preserving_proto_field_name=True, descriptor_pool=peer.pool) for each in found],
    }


METHODS = {"services": services, "call": call}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"ok": METHODS[request["method"]](*request["args"])}
    except Exception as error:  # a refusal of grpcio is the result of a test
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer), flush=True)
for each in channels.values():
    each.channel.close()
