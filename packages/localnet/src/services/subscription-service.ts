import type { MessageInitShape } from '@bufbuild/protobuf';
import { type SubscribeCheckpointsResponseSchema, SubscriptionService } from '@somakit/rpc/proto';
import { badRequest, implement, type ServiceDefinition } from '@somakit/rpc/server';
import type { Chain, CheckpointView } from '../chain/types.js';
import { checkpointMessage } from './checkpoint-message.js';
import { type Mask, maskOf } from './mask.js';
import type { Waits } from './waits.js';

type Reply = MessageInitShape<typeof SubscribeCheckpointsResponseSchema>;

/** A request header of ours: the first checkpoint that is wanted. The reference begins with the next one. */
const CURSOR_HEADER = 'x-somakit-from-checkpoint';

const KEPT = 64;

export const subscriptionService = (chain: Chain, waits: Waits): ServiceDefinition => {
  // Most subscribers ask for the same: their messages are made once.
  const made = new Map<string, Reply>();
  const messageOf = (view: CheckpointView, mask: Mask, key: string): Reply => {
    const name = `${view.record.digest}:${key}`;
    const known = made.get(name);
    if (known !== undefined) return known;
    // Frozen, so that the server writes it once for all.
    const reply: Reply = Object.freeze({
      cursor: view.record.sequenceNumber,
      checkpoint: checkpointMessage(chain, view, mask),
    });
    made.set(name, reply);
    for (const old of made.keys()) {
      if (made.size <= KEPT) break;
      made.delete(old);
    }
    return reply;
  };
  return implement(SubscriptionService, {
    subscribeCheckpoints: ({ readMask }, context) => {
      const paths = readMask?.paths ?? [];
      const key = paths.join(',');
      // Unknown paths select nothing here; the reference does not check them either.
      const mask = maskOf(paths);
      const cursor = context.header(CURSOR_HEADER);
      if (cursor !== undefined && !/^\d{1,19}$/.test(cursor)) {
        throw badRequest(CURSOR_HEADER, `${CURSOR_HEADER} must be a sequence number`);
      }
      const isLast = waits.subscribed(context, paths);
      return {
        [Symbol.asyncIterator]: () => {
          const views = chain.follow(cursor === undefined ? undefined : BigInt(cursor));
          const onNext = (next: IteratorResult<CheckpointView>): IteratorResult<Reply> => {
            if (next.done === true) return { done: true, value: undefined };
            if (isLast?.(next.value.record.transactions) === true) void views.return();
            return { done: false, value: messageOf(next.value, mask, key) };
          };
          return {
            next: () => views.next().then(onNext),
            return: () => views.return() as Promise<IteratorResult<Reply>>,
          };
        },
      };
    },
  });
};
