import { isError } from '@somakit/core';
import { describe, expect, it } from 'vitest';
import { type Rpc, rpcOver } from '../../src/client/create-rpc.js';
import { createMemoryTransport, implement, rpcStatus } from '../../src/memory/index.js';
import { LedgerService, StateService, SubscriptionService } from '../../src/proto/index.js';
import type { ServiceDefinition } from '../../src/service/types.js';

const retry = { attempts: 3, baseDelayMs: 0, maxDelayMs: 0 };
const over = (...services: ServiceDefinition[]): Rpc =>
  rpcOver({ transport: createMemoryTransport({ services }), retry }, () => {
    throw new TypeError('a transport is given');
  });

const failed = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isError(error)) throw error ?? new TypeError('a failure was expected');
  return error;
};
const collect = async <T>(list: AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
};

/** Pages of targets by number: how many each holds; the token of the next is its number. */
const pages = (sizes: number[], last?: Uint8Array, asked: unknown[] = []) =>
  over(
    implement(StateService, {
      listTargets: ({ pageToken, statusFilter, pageSize }) => {
        const page = pageToken?.[0] ?? 0;
        asked.push({ page, statusFilter, pageSize });
        const targets = Array.from({ length: sizes[page]! }, (_, index) => ({ id: `0x${page * 10 + index + 1}` }));
        return { targets, nextPageToken: page + 1 < sizes.length ? Uint8Array.of(page + 1) : last };
      },
    }),
  );

describe('all targets', () => {
  const readMask = ['id'] as const;

  it('go on over empty pages that have a token', async () => {
    expect(await collect(pages([2, 0, 0, 1]).targets({ readMask }))).toHaveLength(3);
  });

  it('end at a token that is there but empty', async () => {
    expect(await collect(pages([1], new Uint8Array()).targets({ readMask }))).toHaveLength(1);
  });

  it('do not turn for ever on a token that comes back', async () => {
    expect((await failed(collect(pages([1, 1], Uint8Array.of(1)).targets({ readMask })))).code).toBe('PAGING_LOOP');
  });

  it('keep the filters on every page, and stop at the limit', async () => {
    const asked: unknown[] = [];
    const list = pages([2, 2, 2], undefined, asked).targets({ status: 'open', pageSize: 2, limit: 3, readMask });
    expect(await collect(list)).toHaveLength(3);
    expect(asked).toEqual([0, 1].map((page) => ({ page, statusFilter: 'open', pageSize: 2 })));
  });

  it('refuse a page size and an epoch of the wrong kind', async () => {
    const rpc = pages([1]);
    expect((await failed(rpc.listTargets({ pageSize: 0, readMask }))).code).toBe('INVALID_ARGUMENT');
    expect((await failed(rpc.listTargets({ epoch: 3 as never, readMask }))).code).toBe('INVALID_ARGUMENT');
    expect((await failed(rpc.listTargets({ submitter: 'bad', readMask }))).code).toBe('INVALID_ADDRESS');
  });
});

describe('a read', () => {
  const flaky = (failures: number, status: 'UNAVAILABLE' | 'INTERNAL') => {
    let calls = 0;
    const rpc = over(
      implement(StateService, {
        getBalance: () => {
          calls += 1;
          if (calls <= failures) throw rpcStatus(status, 'not now');
          return { balance: 7n };
        },
      }),
    );
    return { rpc, calls: () => calls };
  };

  it('is repeated while the server is unavailable', async () => {
    const { rpc, calls } = flaky(2, 'UNAVAILABLE');
    expect(await rpc.getBalance({ owner: '0x5' })).toBe(7n);
    expect(calls()).toBe(3);
  });

  it('is given up when the attempts are used up', async () => {
    const { rpc, calls } = flaky(9, 'UNAVAILABLE');
    expect((await failed(rpc.getBalance({ owner: '0x5' }))).code).toBe('RPC_UNAVAILABLE');
    expect(calls()).toBe(3);
  });

  it('is not repeated after other failures', async () => {
    const { rpc, calls } = flaky(1, 'INTERNAL');
    expect((await failed(rpc.getBalance({ owner: '0x5' }))).code).toBe('RPC_FAILED');
    expect(calls()).toBe(1);
  });

  it('ends with its time and with its signal', async () => {
    const rpc = over(implement(StateService, { getBalance: () => new Promise<never>(() => {}) }));
    expect((await failed(rpc.getBalance({ owner: '0x5', timeoutMs: 5 }))).code).toBe('TIMEOUT');
    const controller = new AbortController();
    const call = failed(rpc.getBalance({ owner: '0x5', signal: controller.signal }));
    controller.abort();
    expect((await call).code).toBe('ABORTED');
  });

  it('keeps variants of newer servers and names what is missing', async () => {
    const rpc = over(
      implement(LedgerService, {
        getObject: ({ objectId }) =>
          objectId!.endsWith('1')
            ? { object: { owner: { kind: 99 as never }, objectType: 'Novelty', contents: new Uint8Array([1]) } }
            : { object: {} },
      }),
    );
    const found = await rpc.getObject({ objectId: '0x1', readMask: ['owner', 'objectType', 'contents'] });
    expect(found).toMatchObject({
      owner: { kind: 'Unknown' },
      objectType: 'Novelty',
      contents: { kind: 'Unknown', raw: 'Novelty' },
    });
    const error = await failed(rpc.getObject({ objectId: '0x2', readMask: ['version'] }));
    if (!isError(error, 'RPC_INVALID_REPLY')) throw error;
    expect(error.context.path).toContain('version');
  });
});

/** A chain whose stream gives what `streams` say, one list for each connection; a number below zero breaks it. */
const chain = (streams: number[][], height = () => 0) => {
  const log: string[] = [];
  const rpc = over(
    implement(SubscriptionService, {
      async *subscribeCheckpoints(_request, { signal }) {
        log.push('subscribe');
        const list = streams.shift();
        for (const number of list ?? []) {
          if (number < 0) throw rpcStatus('UNAVAILABLE', 'broken');
          yield { cursor: BigInt(number), checkpoint: { sequenceNumber: BigInt(number) } };
        }
        if (list === undefined) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    }),
    implement(LedgerService, {
      getCheckpoint: ({ checkpointId }) => {
        const number = checkpointId.case === 'sequenceNumber' ? checkpointId.value : BigInt(height());
        log.push(checkpointId.case === undefined ? 'tip' : `read ${number}`);
        return { checkpoint: { sequenceNumber: number } };
      },
    }),
  );
  const take = async (count: number, from?: bigint) => {
    const seen: number[] = [];
    for await (const { sequenceNumber } of rpc.subscribeCheckpoints({ readMask: ['sequenceNumber'], from })) {
      seen.push(Number(sequenceNumber));
      if (seen.length === count) break;
    }
    return seen;
  };
  return { rpc, log, take };
};

describe('a subscription', () => {
  it('fills gaps by number and leaves out what was seen', async () => {
    expect(await chain([[3, 4, 4, 7]]).take(5)).toEqual([3, 4, 5, 6, 7]);
  });

  it('goes on after the stream broke, with what was missed', async () => {
    const { take, log } = chain(
      [
        [3, -1],
        [6, 7],
      ],
      () => 5,
    );
    expect(await take(5)).toEqual([3, 4, 5, 6, 7]);
    expect([...log].sort()).toEqual(['read 4', 'read 5', 'subscribe', 'subscribe', 'tip']);
  });

  it('goes on when the server drops a slow reader, which ends the stream well', async () => {
    expect(await chain([[1], [2]], () => 1).take(2)).toEqual([1, 2]);
  });

  it('begins in the past when it is told to', async () => {
    expect(await chain([[4]], () => 3).take(3, 2n)).toEqual([2, 3, 4]);
  });

  it('gives up on a server that stays away', async () => {
    const { take } = chain(Array.from({ length: 100 }, () => [-1]));
    expect((await failed(take(1))).code).toBe('RPC_UNAVAILABLE');
  });

  it('ends at once when it is aborted while nothing comes', async () => {
    const controller = new AbortController();
    const stream = chain([]).rpc.subscribeCheckpoints({ signal: controller.signal });
    const next = failed(stream.next());
    controller.abort();
    expect((await next).code).toBe('ABORTED');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('ends at once when it is left while nothing comes', async () => {
    const stream = chain([]).rpc.subscribeCheckpoints();
    const next = stream.next();
    await stream.return();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
