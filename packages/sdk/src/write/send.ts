import { Coin, type SomaObject, type TransactionEffects } from '@somakit/bcs';
import {
  type Address,
  type Deadline,
  type DeadlineOptions,
  type Digest,
  isError,
  type ObjectId,
  openDeadline,
  parseAddress,
  parseObjectId,
  SomaKitError,
  sleep,
} from '@somakit/core';
import type { Signer } from '@somakit/crypto';
import type { ObjectView } from '@somakit/rpc';
import {
  balanceChanges,
  buildTransaction,
  decodeSignedTransaction,
  readEffects,
  signTransaction,
  transactionFailed,
} from '@somakit/tx-builders';
import { checked } from '../client/checked.js';
import type { SomaBase, WaitOptions } from '../client/types.js';
import '../errors.js';
import type { HeldCoins } from './pools.js';
import { sentBefore } from './sent-before.js';
import type { Plan, PreparedWrite, Write, WriteOptions, WriteResult } from './types.js';
import { type Expectation, watcherOf } from './watcher.js';

/** As the original client: it tries six times with other coins. */
const ATTEMPTS = 6;
const PAUSE_MS = 100;
const CHECKPOINT_MS = 30_000;

/** Refusals of inputs that another version, or another coin, cures. */
const STALE = new Set([
  'ObjectLockConflict',
  'ObjectVersionUnavailableForConsumption',
  'ObjectNotFound',
  'InvalidObjectDigest',
]);

/** What a node answers to a submission or a simulation. */
interface Answer {
  readonly effects: TransactionEffects;
  readonly objects?: readonly ObjectView[] | undefined;
  readonly balanceChanges: WriteResult['balanceChanges'];
}

/** The signer of a write. @throws NO_SIGNER */
const signerOf = (client: SomaBase, options: { readonly signer?: Signer | undefined }, operation: string): Signer => {
  const signer = options.signer ?? client.signer;
  if (signer === undefined) {
    throw new SomaKitError('NO_SIGNER', `${operation} needs a signer.`, {
      context: { operation },
      hint: 'Give createSomaClient a signer, or this call: Keypair.fromSecretKey(...).',
    });
  }
  return signer;
};

const coinsOf = (objects: readonly ObjectView[]): SomaObject[] =>
  objects.flatMap(({ objectId, version, owner, contents, previousTransaction }) =>
    contents.kind === 'Coin'
      ? [
          {
            objectId,
            objectType: { kind: 'Coin' as const },
            version,
            contents: Coin.encode({ balance: contents.balance }),
            owner,
            previousTransaction,
          },
        ]
      : [],
  );

/** Exact where all coins came along; nodes give none of their own before the checkpoint is indexed. */
const changesOf = (
  { effects, balanceChanges: told }: Answer,
  coins: readonly SomaObject[],
): WriteResult['balanceChanges'] => {
  if (coins.length === 0) return told;
  const inputs = new Map<ObjectId, bigint>();
  const outputs = new Set<ObjectId>();
  for (const { objectId, inputState, outputState } of effects.changedObjects) {
    if (inputState.kind === 'Exist') inputs.set(objectId, inputState.version);
    // A failure may leave inputs as they were, without saying so.
    if (outputState.kind === 'ObjectWrite') outputs.add(objectId);
    else if (effects.status.kind === 'Failure') inputs.delete(objectId);
  }
  return balanceChanges({
    before: coins.filter(({ objectId, version }) => inputs.get(objectId) === version),
    after: coins.filter(({ objectId, version }) => outputs.has(objectId) && version === effects.version),
  });
};

const resultOf = (
  answer: Answer,
  of: { readonly sender: Address; readonly bond: bigint; readonly dryRun: boolean },
): { readonly result: WriteResult; readonly coins: readonly SomaObject[] } => {
  const coins = coinsOf(answer.objects ?? []);
  const changes = changesOf(answer, coins);
  const { digest, created, fee } = readEffects(answer.effects);
  const net = changes.find(({ address }) => address === of.sender)?.amount ?? 0n;
  const result = { digest, effects: answer.effects, created, fee, balanceChanges: changes, net, ...of };
  const { sender: _, ...shown } = result;
  return { result: shown, coins };
};

const simulate = async (
  client: SomaBase,
  write: Write,
  prepared: PreparedWrite,
  plan: Plan,
  sender: Address,
  signal: AbortSignal | undefined,
): Promise<WriteResult> => {
  const transaction = buildTransaction({ sender, kind: plan.kind, gasPayment: plan.gasPayment });
  const answer = await client.rpc.simulateTransaction({ transaction, signal });
  const failed = transactionFailed(answer.effects);
  if (failed !== undefined) throw failed;
  const { result } = resultOf(answer, { sender, bond: prepared.bond ?? 0n, dryRun: true });
  write.options.onResult?.(result);
  return result;
};

/** What is done once the node has answered, whichever way it was asked. */
const finish = async (
  client: SomaBase,
  answer: Answer,
  of: {
    readonly digest: Digest;
    readonly sender: Address;
    readonly bond: bigint;
    readonly lease: HeldCoins | undefined;
    readonly expectation: Expectation | undefined;
    readonly options: WriteOptions;
    readonly signal: AbortSignal | undefined;
  },
): Promise<WriteResult> => {
  const { digest, sender, bond, lease, expectation, options, signal } = of;
  const { result, coins } = resultOf(answer, { sender, bond, dryRun: false });
  const mine = coins.flatMap(({ objectId, version, owner }) =>
    version === answer.effects.version && owner.kind === 'AddressOwner' && owner.address === sender ? [objectId] : [],
  );
  // Before anybody who waits for these coins goes on with them.
  client.coins.own.wrote(mine, answer.effects.version, expectation);
  lease?.settle({ effects: answer.effects, objects: coins });
  client.chain.sawEpoch(answer.effects.executedEpoch);
  const failed = transactionFailed(answer.effects);
  // A failure too must be proven, where answers are.
  if (failed !== undefined && (client.trust === undefined || expectation === undefined)) throw failed;
  if (expectation === undefined) {
    options.onResult?.(result);
    return result;
  }
  const timeoutMs = options.checkpointTimeoutMs ?? CHECKPOINT_MS;
  let checkpoint: bigint;
  try {
    checkpoint = await expectation.checkpoint({ timeoutMs, signal });
  } catch (error) {
    // Executed is executed: what is known of it must not get lost, whatever ended the wait.
    options.onResult?.(result);
    throw new SomaKitError(
      'CHECKPOINT_NOT_SEEN',
      `The transaction ${result.digest} is final, but its checkpoint was not seen.`,
      {
        context: { digest: result.digest, waitedMs: timeoutMs, result },
        cause: error,
        hint: 'Do not send it again. waitForTransaction waits once more.',
      },
    );
  }
  const complete = {
    ...result,
    checkpoint,
    ...(await proofOf(client, answer, { digest, checkpoint, sender, signal })),
  };
  if (failed !== undefined) throw failed;
  options.onResult?.(complete);
  return complete;
};

/** With `trust: 'verify'` the effects are proven, and the balance changes computed from what they name. */
const proofOf = async (
  client: SomaBase,
  { effects }: Answer,
  of: {
    readonly digest: Digest;
    readonly checkpoint: bigint;
    readonly sender: Address;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Partial<WriteResult>> => {
  if (client.trust === undefined) return {};
  const { digest, checkpoint, sender, signal } = of;
  try {
    await client.trust.effects({ digest, effects, checkpoint, signal });
    const balanceChanges = await client.trust.balanceChanges(effects, signal);
    return { balanceChanges, net: balanceChanges.find(({ address }) => address === sender)?.amount ?? 0n };
  } catch (error) {
    if (!isError(error, 'VERIFICATION_FAILED')) throw error;
    throw new SomaKitError('VERIFICATION_FAILED', error.message, {
      context: error.context,
      cause: error,
      hint: `The transaction ${digest} was sent. Ask another node what became of it before anything is sent again.`,
    });
  }
};

const twice = (digest: Digest): SomaKitError<'SENT_BEFORE'> =>
  new SomaKitError('SENT_BEFORE', `The very transaction ${digest} was executed before this call.`, {
    context: { digest },
    retryable: true,
    hint: 'Another program writes with the same key. Nothing was sent; try again, or give each program a key of its own.',
  });

/** A refusal must not rest on figures of an epoch that has ended meanwhile. */
const prepare = async (
  client: SomaBase,
  write: Write,
  context: Parameters<Write['prepare']>[0],
): Promise<PreparedWrite> => {
  try {
    return await write.prepare(context);
  } catch (error) {
    if (!isError(error, 'PREFLIGHT_FAILED')) throw error;
    client.chain.doubt();
    return write.prepare(context);
  }
};

/**
 * Every write: preflight, coins, build, sign, execute, wait. Coins are held from their choice until their new versions
 * are known, so that any number of writes may run at a time.
 *
 * A transaction that a node refused for an input of an old version changed nothing and cannot execute any more; it is
 * built anew with other coins, as is one that somebody else has sent already. After a lost answer nothing is built.
 */
export const send = async (client: SomaBase, write: Write): Promise<WriteResult> => {
  const { operation, options } = write;
  const { clock } = client;
  const signer = signerOf(client, options, operation);
  const sender = parseAddress(signer.address);
  const pool = client.coins.of(sender);
  const { signal, timeoutMs, preflight = true, wait = true } = options;
  const scope = scopeOf({ signal, timeoutMs, operation, clock });
  const limit = scope?.signal;
  const avoided = new Set<ObjectId>();
  const allowed = options.coins === undefined ? undefined : new Set(options.coins.map((id) => parseObjectId(id)));
  try {
    for (let attempt = 1; ; attempt++) {
      const prepared = await prepare(client, write, { sender, preflight, signal: limit });
      const usable = ({ objectId }: { readonly objectId: ObjectId }): boolean =>
        !avoided.has(objectId) && (allowed === undefined || allowed.has(objectId));
      const choose = (coins: Parameters<PreparedWrite['plan']>[0]): Plan => prepared.plan(coins.filter(usable), sender);
      const lease = await pool.take({ choose, wait: true, signal: limit });
      if (options.dryRun === true) {
        try {
          return await simulate(client, write, prepared, lease.choice, sender, limit);
        } finally {
          lease.release();
        }
      }
      let expectation: Expectation | undefined;
      try {
        const { kind, gasPayment } = lease.choice;
        const built = buildTransaction({ sender, kind, gasPayment });
        const { used } = lease.choice;
        if (await sentBefore(client, { digest: built.digest, used, signal: limit })) throw twice(built.digest);
        const signed = await signTransaction(built, signer);
        options.onSigned?.({ digest: signed.digest, transaction: signed.signedBytes });
        expectation = wait ? watcherOf(client).expect(signed.digest) : undefined;
        const answer = await client.rpc.executeTransaction({ transaction: signed, signal: limit });
        const bond = prepared.bond ?? 0n;
        const { digest } = signed;
        return await finish(client, answer, {
          digest,
          sender,
          bond,
          lease,
          expectation,
          options,
          signal: limit,
        });
      } catch (error) {
        if (isError(error, 'OUTCOME_UNKNOWN')) {
          // Its coins stay held: they may be spent, and using them again would make the outcome a race.
          client.coins.unresolved.set(error.context.digest, lease);
          throw withHint(error);
        }
        const reason = isError(error, 'TRANSACTION_REFUSED') ? error.context.reason : undefined;
        const stale = isError(error, 'SENT_BEFORE') || (reason !== undefined && STALE.has(reason.kind));
        lease.release({ stale });
        if (!stale || attempt === ATTEMPTS || limit?.aborted === true) throw error;
        if (reason?.kind === 'ObjectLockConflict') avoided.add(reason.objRef.objectId);
        client.chain.sawEpoch(prepared.state.epoch);
        await sleep(PAUSE_MS * 2 ** (attempt - 1), { signal: limit, clock });
      } finally {
        expectation?.close();
      }
    }
  } finally {
    scope?.close();
  }
};

/** None where nothing limits the call. */
const scopeOf = (options: DeadlineOptions): Deadline | undefined =>
  options.signal === undefined && options.timeoutMs === undefined ? undefined : openDeadline(options);

const withHint = (error: SomaKitError<'OUTCOME_UNKNOWN'>): SomaKitError<'OUTCOME_UNKNOWN'> =>
  new SomaKitError('OUTCOME_UNKNOWN', error.message, {
    context: error.context,
    cause: error.cause,
    hint: 'Call resume({ transaction: error.context.transaction }). Never send a new transaction in its place.',
  });

/** What {@link resume} takes. */
export interface ResumeParameters extends WaitOptions {
  /** Of the context of OUTCOME_UNKNOWN, or what `onSigned` gave. */
  readonly transaction: Uint8Array;
  readonly wait?: boolean | undefined;
  readonly checkpointTimeoutMs?: number | undefined;
}

/**
 * Takes up a transaction whose outcome is unknown: asks for it by its digest, and sends the identical bytes again when
 * the node does not know it. The chain executes them once, however often they come.
 *
 * @throws TRANSACTION_FAILED when it was executed and failed; TRANSACTION_REFUSED when it can never be executed;
 * OUTCOME_UNKNOWN when the node still does not answer.
 * @example
 * import { createSomaClient, isError, parseSoma } from '@somakit/sdk';
 * const client = createSomaClient({ network: 'localnet' });
 * try {
 *   await client.transferCoin({ recipient: '0xb0b', amount: parseSoma('1') });
 * } catch (error) {
 *   if (!isError(error, 'OUTCOME_UNKNOWN')) throw error;
 *   await client.resume({ transaction: error.context.transaction });
 * }
 */
export const resume = /* @__PURE__ */ checked(
  'resume',
  async (client: SomaBase, parameters: ResumeParameters): Promise<WriteResult> => {
    const { transaction, signal, timeoutMs, wait = true, checkpointTimeoutMs } = parameters;
    const { digest, sender, data } = decodeSignedTransaction(transaction);
    const lease = client.coins.unresolved.get(digest);
    const scope = scopeOf({ signal, timeoutMs, operation: 'resume', clock: client.clock });
    const expectation = wait ? watcherOf(client).expect(digest) : undefined;
    try {
      const answer = await client.rpc.resumeTransaction({ transaction, signal: scope?.signal });
      client.coins.unresolved.delete(digest);
      const bond = data.kind.kind === 'SubmitData' ? await bondOf(client, data.kind.dataManifest.size) : 0n;
      const options = { checkpointTimeoutMs };
      return await finish(client, answer, { digest, sender, bond, lease, expectation, options, signal: scope?.signal });
    } catch (error) {
      if (isError(error, 'TRANSACTION_REFUSED')) {
        client.coins.unresolved.delete(digest);
        lease?.release({ stale: true });
      }
      throw isError(error, 'OUTCOME_UNKNOWN') ? withHint(error) : error;
    } finally {
      expectation?.close();
      scope?.close();
    }
  },
);

const bondOf = async (client: SomaBase, size: bigint): Promise<bigint> =>
  size * (await client.chain.epochState()).parameters.submissionBondPerByte;
