// Serves GetObject until its parent lets go: `ours` or `grpc-js`. Tells its port, and its processor time when asked.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { GetObjectRequestSchema, GetObjectResponseSchema, LedgerService } from '@somakit/rpc/proto';
import { implement, startRpcServer } from '@somakit/rpc/server';

const contents = new Uint8Array(300).fill(7);
const answer = ({ objectId }) => ({
  object: { objectId, version: 7n, digest: '1'.repeat(44), objectType: 'Target', contents },
});

const servers = {
  ours: async () => (await startRpcServer({ services: [implement(LedgerService, { getObject: answer })] })).port,
  'grpc-js': () =>
    new Promise((resolve, reject) => {
      const server = new grpc.Server();
      const method = {
        path: '/soma.rpc.LedgerService/GetObject',
        requestStream: false,
        responseStream: false,
        requestDeserialize: (bytes) => fromBinary(GetObjectRequestSchema, bytes),
        responseSerialize: (value) =>
          Buffer.from(toBinary(GetObjectResponseSchema, create(GetObjectResponseSchema, value))),
      };
      server.addService({ getObject: method }, { getObject: (call, reply) => reply(null, answer(call.request)) });
      const done = (error, port) => (error === null ? resolve(port) : reject(error));
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), done);
    }),
};

process.on('message', () => process.send({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit());
process.send({ port: await servers[process.argv[2]]() });
