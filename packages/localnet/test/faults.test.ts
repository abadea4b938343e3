import { connect } from 'node:net';
import { Keypair } from '@somakit/crypto';
import { createNodeTransport } from '@somakit/rpc/node';
import { SubscriptionService } from '@somakit/rpc/proto';
import { describe, expect, it } from 'vitest';
import { localnet } from '../src/vitest/index.js';

const network = localnet({ accounts: 1 });

const poll = async (what: () => boolean): Promise<void> => {
  const until = performance.now() + 10_000;
  while (!what()) {
    if (performance.now() > until) throw new TypeError('waited in vain');
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('a network under bad clients', () => {
  it('goes on after garbage on every port', async () => {
    for (const port of Object.values(network.ports)) {
      for (const garbage of [
        '\0\0\0',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff',
        'GET / HTTP/9.9\r\n\r\n',
      ]) {
        await new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => {
            socket.write(garbage, 'latin1');
            socket.destroySoon();
          });
          socket.on('error', () => {});
          socket.on('close', () => resolve());
        });
      }
    }
    const { effects } = await network.fund(Keypair.generate().address, 1n);
    expect(effects.status.kind).toBe('Success');
  });

  it('forgets subscriptions that are dropped', async () => {
    const transport = createNodeTransport({ url: network.rpcUrl });
    const before = network.listeners;
    const method = SubscriptionService.method.subscribeCheckpoints;
    const controllers = Array.from({ length: 1000 }, () => new AbortController());
    const streams = await Promise.all(
      controllers.map(({ signal }) =>
        transport.stream(
          method,
          signal,
          undefined,
          undefined,
          (async function* () {
            yield { readMask: { paths: ['sequence_number'] } };
          })(),
        ),
      ),
    );
    expect(streams).toHaveLength(1000);
    await poll(() => network.listeners === before + 1000);
    for (const each of controllers) each.abort();
    await poll(() => network.listeners === before);
    transport.close();
  });

  it('delivers every checkpoint in order, from a cursor on too', async () => {
    const transport = createNodeTransport({ url: network.rpcUrl });
    const controller = new AbortController();
    const { message } = await transport.stream(
      SubscriptionService.method.subscribeCheckpoints,
      controller.signal,
      undefined,
      { 'x-somakit-from-checkpoint': '0' },
      (async function* () {
        yield { readMask: { paths: ['sequence_number'] } };
      })(),
    );
    for (let i = 0; i < 20; i++) await network.fund(Keypair.generate().address, 1n);
    const last = network.head().sequenceNumber;
    const seen: bigint[] = [];
    for await (const { cursor } of message) {
      seen.push(cursor!);
      if (cursor === last) break;
    }
    controller.abort();
    transport.close();
    expect(seen).toEqual(Array.from({ length: Number(last) + 1 }, (_, i) => BigInt(i)));
  });

  it('keeps every transaction that it has answered when clients come by the dozen', async () => {
    const digests = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const owner = Keypair.generate().address;
        const results = [];
        for (let i = 0; i < 5; i++) results.push((await network.fund(owner, 1n)).digest);
        return results;
      }),
    );
    const all = digests.flat();
    expect(new Set(all).size).toBe(200);
    for (const digest of all) expect(network.ledger.getTransaction(digest)).toBeDefined();
  });
});
