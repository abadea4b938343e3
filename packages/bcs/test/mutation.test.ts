import { equalBytes, isError } from '@somakit/core';
import node from '@somakit/vectors/node-digests.json';
import captures from '@somakit/vectors/rpc-captures.json';
import vectors from '@somakit/vectors/transactions.json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CheckpointSummary,
  type Codec,
  Coin,
  Committee,
  GenericSignature,
  ScoreRequest,
  ScoreResponse,
  SenderSignedData,
  SomaObject,
  StakedSoma,
  SystemState,
  Target,
  TransactionData,
  TransactionEffects,
} from '../src/index.js';
import { hex } from './support.js';

type Vector = (typeof vectors)['kinds'][number];

/** Whether the codec either refuses the bytes with an error of ours or means exactly them. */
const strictOn = (codec: Codec<unknown>, bytes: Uint8Array): boolean => {
  let value: unknown;
  try {
    value = codec.decode(bytes);
  } catch (error) {
    if (isError(error)) return true;
    throw error;
  }
  return equalBytes(codec.encode(value), bytes);
};

/** Every byte changed in a few ways, every byte left out, every byte doubled. */
const lapses = (codec: Codec<unknown>, original: Uint8Array, from = 0): string[] => {
  const found: string[] = [];
  const bytes = original.slice();
  // Long vectors are mostly floats, where one change is as good as another.
  const changes = bytes.length > 600 ? 1 : 4;
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    for (const change of [1 + ((i * 37) % 255), 1, 0x80, 0xff].slice(0, changes)) {
      bytes[i] = byte ^ change;
      if (!strictOn(codec, bytes)) found.push(`byte ${i} ^ ${change}`);
    }
    bytes[i] = byte;
  }
  const step = Math.max(1, Math.floor(bytes.length / 50));
  for (let i = from; i < bytes.length; i += step) {
    const shorter = Uint8Array.from([...bytes.subarray(0, i), ...bytes.subarray(i + 1)]);
    if (!strictOn(codec, shorter)) found.push(`without byte ${i}`);
    const longer = Uint8Array.from([...bytes.subarray(0, i + 1), ...bytes.subarray(i)]);
    if (!strictOn(codec, longer)) found.push(`byte ${i} twice`);
  }
  return found;
};

const signed: readonly Vector[] = [...vectors.builders, ...vectors.kinds, ...vectors.multisig];
const contents = { Coin, StakedSoma, Target, SystemState };
const messagesOf = (path: string, side: 'request' | 'response'): string[] =>
  captures.cases.flatMap(({ exchanges }: Vector) =>
    exchanges.flatMap((each: Vector) =>
      each.path !== path ? [] : side === 'request' ? each.messages : each.response.messages,
    ),
  );
const have = (list: readonly Vector[]) => list.filter(({ bcs }) => bcs !== undefined);

const groups: readonly (readonly [string, readonly (readonly [Codec<unknown>, string])[]])[] = [
  ['built transactions', vectors.builders.map(({ bcs }: Vector) => [TransactionData, bcs])],
  ['transactions of every kind', vectors.kinds.map(({ bcs }: Vector) => [TransactionData, bcs])],
  ['objects', [...vectors.objects, ...have(node.objects)].map(({ bcs }) => [SomaObject, bcs])],
  ['targets', vectors.targets.map((each: Vector) => [Target, each.contents])],
  [
    'object contents',
    have(node.objects).map((each) => {
      const { objectType } = SomaObject.decode(hex(each.bcs));
      const start = each.bcs.indexOf(each.object_id.slice(2)) + 64;
      return [
        contents[objectType.kind],
        each.bcs.slice(start, -(each.object_type === 'SystemState' || each.object_type === 'Target' ? 84 : 132)),
      ];
    }),
  ],
  ['node transactions', have(node.transactions).map(({ bcs }) => [TransactionData, bcs])],
  ['effects', have(node.effects).map(({ bcs }) => [TransactionEffects, bcs])],
  ['checkpoint summaries', node.checkpoints.map((each: Vector) => [CheckpointSummary, each.summary_bcs])],
  ['committees', node.epoch_ends.map((each: Vector) => [Committee, each.next_committee_bcs])],
  ['score requests', messagesOf('/scoring.Scoring/Score', 'request').map((message) => [ScoreRequest, message])],
  ['score responses', messagesOf('/scoring.Scoring/Score', 'response').map((message) => [ScoreResponse, message])],
];

// Most changes end in an error, and a stack trace costs more than the decoding.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

describe('a changed vector is refused or means exactly its bytes', { timeout: 120_000 }, () => {
  it.each(groups)('%s', (_, cases) => {
    expect(cases.length).toBeGreaterThan(0);
    for (const [codec, text] of cases) {
      codec.decode(hex(text));
      expect(lapses(codec, hex(text))).toEqual([]);
    }
  });

  it('signed transactions, around the transaction', () => {
    for (const each of signed) {
      const bytes = hex(each.signed_transaction);
      expect(lapses(SenderSignedData, bytes, 4 + each.bcs.length / 2)).toEqual([]);
      for (let i = 0; i < 4; i++) {
        const changed = bytes.slice();
        changed[i] = (bytes[i] as number) ^ 3;
        expect(strictOn(SenderSignedData, changed)).toBe(true);
      }
    }
  });

  it('multisigs', () => {
    for (const each of vectors.multisig) {
      const signature = SenderSignedData.decode(hex(each.signed_transaction)).txSignatures[0] as Uint8Array;
      expect(lapses(GenericSignature, GenericSignature.encode(signature))).toEqual([]);
    }
  });
});
