import { connect, constants } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RpcServer, startRpcServer } from '../../src/server/index.js';
import { countResets, losesCalls } from '../../src/server/resets.js';

describe('the count of resets', () => {
  const OLD = '20.20.2';

  it('goes from 1,000 down, and up again by 33 a second', () => {
    let time = 0;
    const count = countResets(() => time, OLD);
    expect(count.resetsLeft()).toBe(1000);
    for (let i = 0; i < 500; i++) expect(count.spend()).toBe(false);
    expect(count.resetsLeft()).toBe(500);
    time = 10_000;
    expect(count.resetsLeft()).toBe(830);
    time = 60_000;
    expect(count.resetsLeft()).toBe(1000);
  });

  it('lets streams begin no faster than they may be reset once few are left', () => {
    let time = 0;
    const count = countResets(() => time, OLD);
    for (let i = 0; i < 900; i++) count.spend();
    expect(count.pause()).toBe(0);
    count.spend();
    const pauses = [count.pause(), count.pause(), count.pause()].map(Math.round);
    expect(pauses).toEqual([30, 61, 91]);
    time = 5_000;
    expect(count.pause()).toBe(0);
  });

  it.each([
    ['at 900', false, 901],
    ['later when it is slowed down', true, 961],
  ])('says when a client should move: %s', (_, slowed, expected) => {
    const count = countResets(() => 0, OLD);
    if (slowed) expect(count.pause()).toBe(0);
    let spent = 1;
    while (!count.spend()) spent++;
    expect(spent).toBe(expected);
  });

  it('reckons with a few resets that cross the end of a stream', () => {
    const count = countResets(() => 0, OLD);
    for (let i = 0; i < 1000; i++) count.crossed();
    expect(count.resetsLeft()).toBeGreaterThan(800);
    expect(count.resetsLeft()).toBeLessThan(950);
  });

  it.each([
    ['tonic/0.13.1', true],
    ['grpc-python/1.60 grpc-c/37', false],
    [undefined, false],
  ])('is a matter of slowness for clients that lose calls when they move: %s', (agent, expected) => {
    expect(losesCalls(agent)).toBe(expected);
  });

  it.each(['22.11.0', '23.0.0', '24.4.1'])('is not kept on Node %s, which takes the limit as an option', (version) => {
    const count = countResets(() => 0, version);
    for (let i = 0; i < 5_000; i++) expect(count.spend()).toBe(false);
    expect([count.resetsLeft(), count.pause()]).toEqual([Number.POSITIVE_INFINITY, 0]);
  });

  it.each(['22.10.0', '20.19.0'])('is kept on Node %s', (version) => {
    expect(countResets(() => 0, version).resetsLeft()).toBe(1000);
  });
});

describe('a client that resets its streams', () => {
  let server: RpcServer;
  beforeAll(async () => {
    server = await startRpcServer();
  });
  afterAll(() => server.close());

  it('keeps its connection and every call after more resets than HTTP/2 suffers at once', async () => {
    const session = connect(server.url);
    const failures: unknown[] = [];
    session.on('error', (error) => failures.push(error));
    session.on('goaway', (code) => failures.push(`goaway ${code}`));
    const headers = {
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Watch',
      te: 'trailers',
      'content-type': 'application/grpc',
      'user-agent': 'tonic/0.13.1',
    };
    /** Opens a stream, and resets it once its headers are there. */
    const once = (): Promise<void> =>
      new Promise((resolve, reject) => {
        const stream = session.request(headers);
        let begun = false;
        stream.on('error', () => {});
        stream.on('response', () => {
          begun = true;
          stream.close(constants.NGHTTP2_CANCEL);
        });
        stream.on('close', () => (begun ? resolve() : reject(new TypeError('closed before it began'))));
        stream.end(Buffer.alloc(5));
      });
    const lanes = Array.from({ length: 20 }, async () => {
      for (let i = 0; i < 53; i++) await once();
    });
    await Promise.all(lanes);
    expect(failures).toEqual([]);
    expect(session.closed).toBe(false);
    session.destroy();
  }, 120_000);
});
