import type { MessageInitShape } from '@bufbuild/protobuf';
import { protocolParameters } from '@somakit/protocol';
import type { ProtocolConfigSchema } from '@somakit/rpc/proto';

/** A binary32 in the shortest decimal form that reads back as the same, as the reference prints it. */
const shortest = (value: number): string => {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const text = String(Number(single.toPrecision(digits)));
    if (Math.fround(Number(text)) === single) return text;
  }
  return String(single);
};

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The parameters of a protocol version as texts. Source: protocol-config/src/lib.rs `attr_map`. */
export const configMessage = (version: bigint): MessageInitShape<typeof ProtocolConfigSchema> => ({
  protocolVersion: version,
  featureFlags: {},
  attributes: Object.fromEntries(
    Object.entries(protocolParameters(version))
      .map(([name, value]: [string, bigint | number]): [string, string] => [
        snake(name),
        typeof value === 'bigint' ? String(value) : shortest(value),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ),
});
