import { fromBinary } from '@bufbuild/protobuf';
import { fromBase64 } from '@somakit/core';
import { BadRequestSchema, StatusSchema } from '@somakit/rpc/proto';
import refusals from '@somakit/vectors/node-refusals.json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Localnet, startLocalnet } from '../src/index.js';
import { openRaw } from './support/raw-call.js';

interface Refusal {
  readonly case: string;
  readonly path: string;
  readonly request: string;
  readonly code: string | null;
  readonly message: string;
  readonly details: { readonly details: readonly { readonly field_violations: unknown }[] } | null;
  readonly seconds: number;
}

/** Reasons that lie in the request alone: they are the same on every chain. */
const OF_THE_REQUEST =
  /^(Invalid user signature|invalid (transaction|signature|read_mask)|At least one|Target embedding|relative URL|Checksum must|Invalid base58|remaining input|unexpected end|Missing request)/;
const cases = (refusals as readonly Refusal[]).filter(
  ({ code, message }) => code !== null && code !== 'OK' && OF_THE_REQUEST.test(message),
);

let network: Localnet;
const open: ReturnType<typeof openRaw>[] = [];
beforeAll(async () => {
  network = await startLocalnet({
    ports: 'free',
    smallModel: true,
    scorer: { score: () => Promise.reject(new TypeError('nothing here reaches the scorer')) },
  });
  open.push(openRaw(network.rpcUrl), openRaw(network.scoringUrl));
});
afterAll(async () => {
  for (const each of open) each.close();
  await network?.stop();
});

/** The details as the vectors write them. */
const readDetails = (header: string | undefined): unknown => {
  if (header === undefined) return null;
  const { code, message, details } = fromBinary(
    StatusSchema,
    fromBase64(header.padEnd(Math.ceil(header.length / 4) * 4, '=')),
  );
  return {
    code,
    message,
    details: details.map(({ typeUrl, value }) => ({
      type_url: typeUrl,
      field_violations: fromBinary(BadRequestSchema, value).fieldViolations.map(({ field, description, reason }) => ({
        field,
        description,
        reason,
      })),
    })),
  };
};

describe('requests that the reference refuses at once', () => {
  it('are nearly all of the recorded ones', () => {
    expect(cases.length).toBeGreaterThan(30);
  });

  it.each(cases.map((each) => [each.case, each] as const))(
    '"%s" get its code, message and details',
    async (_, each) => {
      const { path, request, code, message, details } = each;
      const answer = await open[path.startsWith('/scoring') ? 1 : 0]!.call(path, request);
      if ('reply' in answer) throw new TypeError('not refused');
      expect({ code: answer.code, message: answer.message, details: readDetails(answer.details) }).toEqual({
        code,
        message,
        details,
      });
    },
  );
});
