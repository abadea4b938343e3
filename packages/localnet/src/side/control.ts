import type { IncomingMessage } from 'node:http';
import { isError, parseJson, SomaKitError, stringifyJson } from '@somakit/core';
import type { HttpHandler } from '@somakit/rpc/server';
import type { Localnet } from '../localnet.js';

const MAX_BODY = 65_536;

const refuse = (argument: string, expected: string): SomaKitError =>
  new SomaKitError('INVALID_ARGUMENT', `${argument} must be ${expected}.`, { context: { argument, expected } });

const readBody = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_BODY) throw refuse('The body', `at most ${MAX_BODY} bytes`);
    parts.push(part);
  }
  if (length === 0) return {};
  const value = parseJson(Buffer.concat(parts).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('The body', 'a JSON object');
  return value as Record<string, unknown>;
};

const u64Of = (value: unknown, name: string): bigint => {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  throw refuse(name, 'a whole number as decimal text');
};

const countOf = (value: unknown, name: string): number => {
  if (typeof value === 'number') return value;
  throw refuse(name, 'a whole number');
};

const status = (network: Localnet): object => {
  const { epochStartTimestampMs, parameters } = network.ledger.systemState();
  return {
    chainId: network.chainId,
    epoch: network.epoch(),
    epochStartMs: epochStartTimestampMs,
    epochDurationMs: parameters.epochDurationMs,
    timeMs: network.time(),
    checkpoint: network.head().sequenceNumber,
    rpcUrl: network.rpcUrl,
    faucetUrl: network.faucetUrl,
    scoringUrl: network.scoringUrl,
    adminUrl: network.adminUrl,
    accounts: network.accounts.map(({ address }) => address),
    models: network.modelIds,
  };
};

type Action = (network: Localnet, body: Readonly<Record<string, unknown>>) => object | Promise<object>;

const ACTIONS: Readonly<Record<string, Action>> = {
  'GET /somakit/status': status,
  'POST /somakit/advance': async (network, { count = 1, fullLength = false }) => ({
    epoch: await network.advanceEpoch({ count: countOf(count, 'count'), fullLength: fullLength === true }),
  }),
  'POST /somakit/snapshot': async (network) => {
    const id = await network.snapshot();
    return { id, epoch: network.epoch(), checkpoint: network.head().sequenceNumber };
  },
  'POST /somakit/revert': async (network, { id }) => {
    await network.revert(countOf(id, 'id'));
    return { epoch: network.epoch(), checkpoint: network.head().sequenceNumber };
  },
  'POST /somakit/fund': async (network, { address, amount }) => {
    const { digest } = await network.fund(String(address), u64Of(amount, 'amount'));
    return { digest };
  },
};

/**
 * What the admin port can do beside the reference's one call, as JSON over HTTP: `GET /somakit/status`, and `POST`
 * `advance`, `snapshot`, `revert` and `fund`. Web pages are refused: a page that somebody visits must not move their network.
 */
export const controlHandler =
  (networkOf: () => Localnet | undefined): HttpHandler =>
  async (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*$/, '');
    if (!path.startsWith('/somakit/')) return false;
    const answer = (code: number, value: object): true => {
      const text = stringifyJson(value);
      const length = String(Buffer.byteLength(text));
      response.writeHead(code, { 'content-type': 'application/json', 'content-length': length });
      response.end(text);
      return true;
    };
    const fail = (code: number, name: string, message: string, hint?: string): true =>
      answer(code, { code: name, message, ...(hint === undefined ? {} : { hint }) });
    if (request.headers.origin !== undefined) return fail(403, 'LOCALNET_ORIGIN', 'Web pages may not do this.');
    const action = ACTIONS[`${request.method} ${path}`];
    const network = networkOf();
    if (action === undefined) return fail(404, 'LOCALNET_UNKNOWN', `There is no ${request.method} ${path}.`);
    if (network === undefined) return fail(503, 'LOCALNET_STARTING', 'The network is not ready yet.');
    try {
      return answer(200, await action(network, await readBody(request)));
    } catch (error) {
      if (!isError(error)) throw error;
      return fail(400, error.code, error.message, error.hint);
    }
  };
