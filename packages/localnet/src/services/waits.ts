import type { CallConnection, CallContext } from '@somakit/rpc/server';

/** Whom a connection's newest subscription waits for. */
interface Wait {
  executions: number;
  digest: string | undefined;
}

/** Subscriptions of clients that wait for one transaction each. */
export interface Waits {
  /** A subscription begins. Gives what tells whether it is over with a checkpoint of these transactions. */
  subscribed(
    context: Pick<CallContext, 'connection' | 'header'>,
    paths: readonly string[],
  ): ((transactions: readonly { readonly transaction: string }[]) => boolean) | undefined;
  /** A transaction is on its way, with the digest that its sender looks for. */
  executing(connection: CallConnection | undefined, digest: string | undefined): void;
}

/** What the official client selects when it waits. Source: rpc/src/api/rpc_client/transaction_execution.rs. */
const WAITING = 'transactions.digest,sequence_number';
const CLIENT = 'tonic/';
/** A connection that may reset no more streams than this has done little else than wait. */
const FEW_RESETS = 800;

/**
 * The official client subscribes, executes, and resets the stream once it has seen its transaction: one reset for each.
 * Node 20's HTTP/2 suffers 1,000 of them, and 33 a second. A connection that comes near gets the end of such a stream
 * together with the checkpoint that it waits for, and has nothing left to reset. It is only done to the newest
 * subscription of a connection, after exactly one execution since it began: the client never has two at a time.
 */
export const createWaits = (): Waits => {
  const newest = new WeakMap<CallConnection, Wait>();
  return {
    subscribed(context, paths) {
      const { connection } = context;
      if (connection === undefined) return undefined;
      const wait: Wait = { executions: 0, digest: undefined };
      newest.set(connection, wait);
      if (paths.join() !== WAITING || context.header('user-agent')?.startsWith(CLIENT) !== true) return undefined;
      return (transactions) =>
        wait.executions === 1 &&
        newest.get(connection) === wait &&
        connection.resetsLeft() < FEW_RESETS &&
        transactions.some(({ transaction }) => transaction === wait.digest);
    },
    executing(connection, digest) {
      const wait = connection === undefined ? undefined : newest.get(connection);
      if (wait === undefined) return;
      wait.executions += 1;
      wait.digest = digest;
    },
  };
};
