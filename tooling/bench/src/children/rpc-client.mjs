// Calls GetObject as fast as it goes, so many calls at once, and prints calls a second and the 99th percentile in ms.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createGrpcTransport } from '@connectrpc/connect-node';
import * as grpc from '@grpc/grpc-js';
import { createNodeTransport } from '@somakit/rpc/node';
import { GetObjectRequestSchema, GetObjectResponseSchema, LedgerService } from '@somakit/rpc/proto';

const [kind, port, seconds = '2', parallel = '32'] = process.argv.slice(2);
const objectId = `0x${'a'.repeat(64)}`;
const { getObject } = LedgerService.method;
const overTransport = (transport) => () => transport.unary(getObject, undefined, undefined, undefined, { objectId });
const clients = {
  ours: () => overTransport(createNodeTransport({ url: `http://127.0.0.1:${port}` })),
  connect: () => overTransport(createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` })),
  'grpc-js': () => {
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const encode = (value) => Buffer.from(toBinary(GetObjectRequestSchema, create(GetObjectRequestSchema, value)));
    const decode = (bytes) => fromBinary(GetObjectResponseSchema, bytes);
    return () =>
      new Promise((resolve, reject) => {
        const done = (error, value) => (error === null ? resolve(value) : reject(error));
        client.makeUnaryRequest('/soma.rpc.LedgerService/GetObject', encode, decode, { objectId }, done);
      });
  },
};

const call = clients[kind]();
const run = async (ms) => {
  const times = [];
  const start = performance.now();
  const lane = async () => {
    while (performance.now() - start < ms) {
      const began = performance.now();
      await call();
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: Number(parallel) }, lane));
  const elapsed = performance.now() - start;
  times.sort((a, b) => a - b);
  return {
    calls: times.length,
    callsPerSecond: (times.length / elapsed) * 1000,
    p99: times[Math.floor(times.length * 0.99)],
  };
};
await run(Number(seconds) * 500);
console.log(JSON.stringify(await run(Number(seconds) * 1000)));
process.exit();
