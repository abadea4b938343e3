import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { fromBase64, isError, toBase64 } from '@somakit/core';
import { StatusSchema } from '../gen/google/rpc/status_pb.js';

/** The end of a call as it stands in trailers. `details` is a serialised google.rpc.Status. */
export interface WireStatus {
  readonly code: number;
  readonly message: string;
  readonly details?: Uint8Array | undefined;
}

const utf8 = new TextEncoder();
const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;

/** `grpc-message`: UTF-8, everything but printable ASCII and `%` itself percent-encoded. */
export const encodeMessage = (message: string): string => {
  if (PLAIN.test(message)) return message;
  let text = '';
  for (const byte of utf8.encode(message)) {
    text +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
};

/** The text of `grpc-message`; a malformed escape leaves the text as it came. */
export const decodeMessage = (value: string): string => {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

/** Names that no error of a handler may set: they belong to the protocol. */
const RESERVED = /^(:|grpc-|content-|te$|connection$|transfer-encoding$|trailer$)/i;

/** Extra metadata of an error that may travel in trailers. */
export const metadataOf = (error: unknown): [string, string][] => {
  if (!(error instanceof ConnectError)) return [];
  const pairs: [string, string][] = [];
  error.metadata.forEach((value, name) => {
    if (!RESERVED.test(name)) pairs.push([name, value]);
  });
  return pairs;
};

const anyOf = (detail: ConnectError['details'][number]) =>
  'desc' in detail
    ? {
        // The reference writes no host before the slash.
        typeUrl: `/${detail.desc.typeName}`,
        value: toBinary(detail.desc, create(detail.desc, detail.value as MessageInitShape<DescMessage>)),
      }
    : { typeUrl: `/${detail.type}`, value: detail.value };

/**
 * The status for whatever a handler threw. A ConnectError speaks for itself; an INVALID_ARGUMENT or UNSUPPORTED of ours is the
 * caller's fault and keeps its text; anything else is INTERNAL and keeps its text to the server.
 */
export const statusOf = (error: unknown, withDetails: boolean): WireStatus => {
  if (error instanceof ConnectError) {
    const { code, rawMessage: message, details } = error;
    if (details.length === 0 && !withDetails) return { code, message };
    const status = create(StatusSchema, { code, message });
    // Not through `create`, which would take the plain objects for messages only after a copy.
    status.details = details.map((each) => ({ $typeName: 'google.protobuf.Any' as const, ...anyOf(each) }));
    return { code, message, details: toBinary(StatusSchema, status) };
  }
  if (isError(error, 'INVALID_ARGUMENT')) return { code: Code.InvalidArgument, message: error.message };
  return { code: Code.Internal, message: 'internal error' };
};

/** The trailers of a status, `grpc-message` left out when there is nothing to say. */
export const trailersOf = (status: WireStatus): Record<string, string> => {
  const trailers: Record<string, string> = { 'grpc-status': String(status.code) };
  if (status.message !== '') trailers['grpc-message'] = encodeMessage(status.message);
  if (status.details !== undefined) trailers['grpc-status-details-bin'] = toBase64(status.details).replace(/=+$/, '');
  return trailers;
};

const detailsOf = (value: string | undefined): ConnectError['details'] => {
  if (value === undefined) return [];
  try {
    // Some servers join two headers of the same name; the first is the one that was meant.
    const text = value.split(',')[0]!.trim().replace(/=+$/, '').replace(/-/g, '+').replace(/_/g, '/');
    const status = fromBinary(StatusSchema, fromBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '=')));
    return status.details.map((any) => ({
      type: any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1),
      value: any.value,
    }));
  } catch {
    // Details that cannot be read must not hide the error that they belong to.
    return [];
  }
};

const FROM_HTTP: Readonly<Record<number, Code>> = {
  400: Code.Internal,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.Unimplemented,
  429: Code.Unavailable,
  502: Code.Unavailable,
  503: Code.Unavailable,
  504: Code.Unavailable,
};

/** The error for an HTTP status where a gRPC one should have been. */
export const errorFromHttp = (status: number, metadata?: HeadersInit): ConnectError =>
  new ConnectError(
    `grpc-status header missing, mapped from HTTP status code ${status}`,
    FROM_HTTP[status] ?? Code.Unknown,
    metadata,
  );

/** The error that trailers tell of; undefined when the call went well or when there is no `grpc-status` in them. */
export const errorFromTrailers = (
  get: (name: string) => string | undefined,
  metadata: () => HeadersInit,
): ConnectError | undefined => {
  const text = get('grpc-status');
  if (text === undefined || text === '0') return undefined;
  const number = /^\d{1,3}$/.test(text) ? Number(text) : Code.Unknown;
  // Codes that this version does not know stay readable as UNKNOWN; the number is in the metadata.
  const code = number >= Code.Canceled && number <= Code.Unauthenticated ? (number as Code) : Code.Unknown;
  const error = new ConnectError(decodeMessage(get('grpc-message') ?? ''), code, metadata());
  error.details = detailsOf(get('grpc-status-details-bin'));
  return error;
};
