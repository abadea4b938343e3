import captures from '@somakit/vectors/rpc-captures.json';
import { describe, expect, it } from 'vitest';
import {
  AdvanceEpochRequest,
  AdvanceEpochResponse,
  type Codec,
  GasRequest,
  GasResponse,
  HealthRequest,
  HealthResponse,
  ScoreRequest,
  ScoreResponse,
} from '../src/index.js';
import { expectSame, hex } from './support.js';

type Vector = (typeof captures)['cases'][number];

const messages: Readonly<Record<string, readonly [Codec<unknown>, Codec<unknown>]>> = {
  '/faucet.Faucet/RequestGas': [GasRequest, GasResponse],
  '/admin.Admin/AdvanceEpoch': [AdvanceEpochRequest, AdvanceEpochResponse],
  '/scoring.Scoring/Health': [HealthRequest, HealthResponse],
  '/scoring.Scoring/Score': [ScoreRequest, ScoreResponse],
};

const exchanges: readonly (readonly [string, Vector, Vector])[] = captures.cases.flatMap((each: Vector) =>
  each.exchanges
    .filter(({ path }: Vector) => path in messages)
    .map((exchange: Vector) => [each.name, exchange, each.result] as const),
);

/** The client's result under our names, floats as the client gives them. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Float32Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), plain(item)]),
  );
};

describe('messages between the official client and the side services', () => {
  it.each(exchanges)('%s: request and answer have the same bytes and mean the same', (_, exchange, result) => {
    const [request, response] = messages[exchange.path] as readonly [Codec<unknown>, Codec<unknown>];
    for (const message of exchange.messages) expectSame(request, hex(message));
    for (const message of exchange.response.messages) {
      const value = plain(expectSame(response, hex(message)));
      expect(typeof result === 'object' ? value : Object.values(value as object)[0]).toEqual(result);
    }
  });

  it('were recorded for all four methods', () => {
    expect(new Set(exchanges.map(([, { path }]) => path)).size).toBe(4);
  });

  it('keep the bits of every float', () => {
    const bits = Uint32Array.from([0x8000_0000, 0x7f80_0001, 0xffc1_2345, 1]);
    const value = {
      winner: 0n,
      lossScore: new Float32Array(bits.buffer),
      embedding: new Float32Array(),
      distance: new Float32Array(),
    };
    const decoded = ScoreResponse.decode(ScoreResponse.encode(value));
    expect([...new Uint32Array(decoded.lossScore.buffer)]).toEqual([...bits]);
  });
});
