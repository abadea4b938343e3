import { fromBase64, toBase64 } from '@somakit/core';
import { createNodeTransport, type RpcTransport } from '@somakit/rpc/node';
import { ConnectError, statusName } from '@somakit/rpc/server';

/** How a call went: the reply in Base64, or the status with its details as they stand on the wire, without padding. */
export type RawAnswer =
  | { readonly reply: string }
  | { readonly code: string; readonly message: string; readonly details: string | undefined };

/** Sends recorded bytes and gives back what came, byte for byte. */
export const openRaw = (url: string) => {
  const transport: RpcTransport = createNodeTransport({ url, maxReceiveBytes: 64 * 1024 * 1024 });
  return {
    call: async (path: string, request: string): Promise<RawAnswer> => {
      try {
        const { body } = await transport.rawUnary({ path, body: fromBase64(request) });
        return { reply: toBase64(body) };
      } catch (error) {
        if (!(error instanceof ConnectError)) throw error;
        const details = error.metadata.get('grpc-status-details-bin') ?? undefined;
        return { code: statusName(error.code), message: error.rawMessage, details };
      }
    },
    close: () => transport.close(),
  };
};
