import { type DescFile, type DescService, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from '../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { implement } from './implement.js';
import type { ServiceDefinition } from './types.js';

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>;

/** Every file that the services need, and for each symbol the file that declares it. */
const indexOf = (services: readonly DescService[]) => {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    const path = file.proto.name;
    if (files.has(path)) return;
    files.set(path, file);
    for (const each of file.dependencies) visit(each);
    const messages = [...file.messages];
    for (let message = messages.pop(); message !== undefined; message = messages.pop()) {
      symbols.set(message.typeName, file);
      for (const field of message.fields) symbols.set(`${message.typeName}.${field.name}`, file);
      for (const oneof of message.oneofs) symbols.set(`${message.typeName}.${oneof.name}`, file);
      for (const each of message.nestedEnums) symbols.set(each.typeName, file);
      messages.push(...message.nestedMessages);
    }
    for (const each of file.enums) symbols.set(each.typeName, file);
    for (const service of file.services) {
      symbols.set(service.typeName, file);
      for (const method of service.methods) symbols.set(`${service.typeName}.${method.name}`, file);
    }
  };
  for (const service of services) visit(service.file);
  return { files, symbols };
};

/** The reflection services, v1 and v1alpha, over the given services and themselves. */
export const reflection = (services: readonly DescService[]): ServiceDefinition[] => {
  const listed = [...services, ServerReflection];
  const { files, symbols } = indexOf([...listed, ServerReflectionAlpha]);
  const encoded = new Map<DescFile, Uint8Array>();
  const bytesOf = (file: DescFile): Uint8Array => {
    let bytes = encoded.get(file);
    if (bytes === undefined) {
      bytes = toBinary(FileDescriptorProtoSchema, file.proto);
      encoded.set(file, bytes);
    }
    return bytes;
  };
  /** The file first, then all that it imports: some clients do not ask again. */
  const withImports = (file: DescFile): Uint8Array[] => {
    const seen = new Set<DescFile>([file]);
    for (const each of seen) for (const next of each.dependencies) seen.add(next);
    return [...seen].map(bytesOf);
  };
  const found = (file: DescFile | undefined, missing: string): Answer =>
    file === undefined
      ? { case: 'errorResponse', value: { errorCode: Code.NotFound, errorMessage: missing } }
      : { case: 'fileDescriptorResponse', value: { fileDescriptorProto: withImports(file) } };

  const answer = ({ messageRequest: request }: ServerReflectionRequest): Answer => {
    switch (request.case) {
      case 'listServices':
        return {
          case: 'listServicesResponse',
          value: { service: [...new Set(listed.map(({ typeName }) => typeName))].sort().map((name) => ({ name })) },
        };
      case 'fileByFilename':
        return found(files.get(request.value), `file '${request.value}' not found`);
      case 'fileContainingSymbol':
        return found(symbols.get(request.value), `symbol '${request.value}' not found`);
      case 'allExtensionNumbersOfType':
        return symbols.has(request.value)
          ? { case: 'allExtensionNumbersResponse', value: { baseTypeName: request.value } }
          : found(undefined, `symbol '${request.value}' not found`);
      case 'fileContainingExtension':
        return found(undefined, 'there are no extensions');
      default:
        return {
          case: 'errorResponse',
          value: { errorCode: Code.InvalidArgument, errorMessage: 'invalid MessageRequest' },
        };
    }
  };
  const serverReflectionInfo = async function* (requests: AsyncIterable<ServerReflectionRequest>) {
    for await (const request of requests) {
      const { host, messageRequest } = request;
      // Plain, so that it suits the messages of both versions. Extensions are never found, and nobody asks what they asked.
      const originalRequest = messageRequest.case === 'fileContainingExtension' ? { host } : { host, messageRequest };
      yield { validHost: host, originalRequest, messageResponse: answer(request) };
    }
  };
  return [
    implement(ServerReflection, { serverReflectionInfo }),
    // The two versions differ in nothing but the name of the package, so one handler serves both.
    { descriptor: ServerReflectionAlpha, handlers: { serverReflectionInfo } },
  ];
};
