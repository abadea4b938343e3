import { LedgerService, StateService, SubscriptionService } from '../../src/proto/index.js';
import { badRequest, implement, implementRaw, rpcStatus } from '../../src/service/implement.js';
import type { CallContext } from '../../src/service/types.js';

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What handlers saw, for tests that look at the far side. */
export interface Seen {
  aborts: unknown[];
  started: number;
}

/**
 * Services whose answers depend on the request alone. GetObject is the odd one: its `objectId` says what to do.
 */
export const exampleServices = (seen: Seen = { aborts: [], started: 0 }) => {
  const hang = async (context: CallContext): Promise<never> => {
    seen.started += 1;
    await aborted(context.signal);
    seen.aborts.push(context.signal.reason);
    throw rpcStatus('CANCELLED', 'given up');
  };
  const ledger = implement(LedgerService, {
    getServiceInfo: (_request, context) => {
      const echo = context.header('x-echo');
      if (echo !== undefined) {
        context.setHeader('x-echoed', echo);
        context.setTrailer('x-trailed', echo);
      }
      return { chain: 'localnet', server: 'soma-node/0.1.21', epoch: 3n };
    },
    getObject: async ({ objectId = '' }, context) => {
      switch (objectId) {
        case 'missing':
          throw rpcStatus('NOT_FOUND', 'Object 0xé not found: 100%');
        case 'bad':
          throw badRequest('requests[0].object_id', 'invalid object_id: Unable to parse');
        case 'empty':
          throw badRequest('digest', '', 'FIELD_MISSING');
        case 'defect':
          throw new TypeError('a secret of the server');
        case 'hang':
          return hang(context);
        default: {
          // A number asks for so many bytes.
          const size = Number(objectId);
          return { object: { objectId, contents: new Uint8Array(Number.isSafeInteger(size) ? size : 0).fill(7) } };
        }
      }
    },
    getEpoch: ({ epoch }) => new Promise((resolve) => setImmediate(() => resolve({ epoch: { epoch } }))),
  });
  const state = implement(StateService, {
    getBalance: ({ owner = '' }) => ({ balance: BigInt(owner.length) }),
  });
  const subscription = implement(SubscriptionService, {
    // The first path of the mask says what to do: a number of checkpoints, `hang` or `fail`, joined by commas.
    async *subscribeCheckpoints({ readMask }, context) {
      for (const step of readMask?.paths[0]?.split(',') ?? []) {
        if (step === 'fail') throw rpcStatus('UNAVAILABLE', 'too many existing subscriptions');
        if (step === 'hang') await hang(context);
        const [count, size = '0'] = step.split('x');
        for (let cursor = 0n; cursor < BigInt(count!); cursor++) {
          yield { cursor, checkpoint: { digest: 'd'.repeat(Number(size)) } };
        }
      }
    },
  });
  const raw = implementRaw('faucet.Faucet', {
    RequestGas: (body) => body.slice().reverse(),
    Refuse: () => {
      throw rpcStatus('INVALID_ARGUMENT', 'Invalid address');
    },
  });
  return { services: [ledger, state, subscription], rawServices: [raw], seen };
};
