import { invalidArgument, kindOf, parseDigest } from '@somakit/core';
import { commitment } from '@somakit/crypto';

/**
 * A model's weights for `score`: give `encryptedWeights`, or `checksum` and `size`.
 * @throws INVALID_ARGUMENT INVALID_DIGEST
 */
export const modelManifest = (parameters: {
  readonly url: string;
  readonly encryptedWeights?: Uint8Array | undefined;
  readonly checksum?: string | undefined;
  readonly size?: bigint | number | undefined;
  readonly decryptionKey?: string | undefined;
}): {
  readonly url: string;
  readonly checksum: string;
  readonly size: bigint;
  readonly decryptionKey?: string | undefined;
} => {
  if (typeof parameters !== 'object' || parameters === null) {
    throw invalidArgument('parameters', 'the parameters object of modelManifest', kindOf(parameters));
  }
  const { url, encryptedWeights, decryptionKey } = parameters;
  if (!URL.canParse(url)) throw invalidArgument('url', 'a URL', url);
  const checksum = encryptedWeights === undefined ? parameters.checksum : commitment(encryptedWeights);
  const size = encryptedWeights?.length ?? parameters.size;
  if (checksum === undefined || size === undefined) {
    throw invalidArgument('encryptedWeights', 'encryptedWeights, or checksum and size', { checksum, size });
  }
  if (typeof size !== 'bigint' && !Number.isSafeInteger(size))
    throw invalidArgument('size', 'a whole number of bytes', size);
  return {
    url,
    checksum: parseDigest(checksum),
    size: BigInt(size),
    ...(decryptionKey === undefined ? {} : { decryptionKey: parseDigest(decryptionKey) }),
  };
};
