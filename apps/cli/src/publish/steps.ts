import { isError, type ObjectId, SomaKitError, sleep } from '@somakit/core';
import { generateWeightKey } from '@somakit/crypto';
import { encryptFile } from '@somakit/crypto/node';
import type { SomaClient, WriteResult } from '@somakit/sdk';
import { createdObjectId, decryptionKeyCommitment, embeddingCommitment } from '@somakit/sdk/transactions';
import { checkUrl } from './host.js';
import type { Journal } from './journal.js';
import type { PublishRecord, PublishState, PublishStep, PublishTransaction } from './record.js';
import './errors.js';

/** What the way of a publication tells on its way. */
export interface PublishEvents {
  /** A new state is on disk. */
  onState(record: PublishRecord): void;
  note(text: string): void;
  progress(text: string, done: number, total: number | undefined): void;
  endProgress(): void;
  /** While it waits for the epoch of the reveal: the time that is left, as far as it can be told. */
  waiting(epoch: bigint, remainingMs: bigint): void;
}

export interface PublishContext {
  readonly client: SomaClient;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly events: PublishEvents;
  /** Serves the file, where this program does so. */
  readonly serve: ((record: PublishRecord) => Promise<{ readonly url: string; readonly checksum: string }>) | undefined;
  /** How often the node is asked for the epoch, in ms. */
  readonly pollMs: number;
}

type Model =
  Awaited<ReturnType<SomaClient['getLatestSystemState']>>['modelRegistry']['models'] extends ReadonlyMap<
    ObjectId,
    infer M
  >
    ? M
    : never;

/** Where a publication is before a step, and while the step's transaction is on its way. */
const AROUND: Readonly<Record<PublishStep, { readonly under: PublishState; readonly after: PublishState }>> = {
  create: { under: 'creating', after: 'created' },
  commit: { under: 'committing', after: 'committed' },
  reveal: { under: 'revealing', after: 'done' },
};

const before = (step: PublishStep, { kind }: PublishRecord): PublishState =>
  step === 'reveal' ? 'committed' : step === 'commit' && kind === 'create' ? 'created' : 'prepared';

const write = ({ journal, events }: PublishContext, ...change: Parameters<Journal['write']>): void => {
  const was = journal.record.state;
  journal.write(...change);
  if (journal.record.state !== was) events.onState(journal.record);
};

/** The pending transaction among those that ended. */
const ended = (
  { pending, transactions }: PublishRecord,
  outcome: Omit<PublishTransaction, 'step' | 'digest'>,
): Pick<PublishRecord, 'pending' | 'transactions'> => ({
  pending: undefined,
  transactions: pending === undefined ? transactions : [...transactions, { ...pending, ...outcome }],
});

/** What a step that the chain has executed leaves in the journal. */
const succeed = (context: PublishContext, step: PublishStep, epoch: bigint, fee: bigint | undefined): void => {
  const { record } = context.journal;
  write(
    context,
    {
      ...ended(record, { outcome: 'success', epoch, fee }),
      state: AROUND[step].after,
      ...(step === 'create' && record.pending !== undefined
        ? { modelId: createdObjectId(record.pending.digest, 0n), createEpoch: epoch }
        : {}),
      ...(step === 'commit' ? { commitEpoch: epoch } : {}),
    },
    { transaction: undefined },
  );
};

/** A transaction that changed nothing: another one may take its place. */
const drop = (context: PublishContext, step: PublishStep, outcome: 'failed' | 'refused', epoch?: bigint): void => {
  const { record } = context.journal;
  write(context, { ...ended(record, { outcome, epoch }), state: before(step, record) }, { transaction: undefined });
};

const modelOf = async ({ client, signal }: PublishContext, id: ObjectId | undefined): Promise<Model | undefined> =>
  id === undefined ? undefined : (await client.getLatestSystemState({ signal })).modelRegistry.models.get(id);

/** Whether the chain has what a step does, whoever sent it: the epoch in which it came there. */
const evidence = async (context: PublishContext, step: PublishStep): Promise<bigint | undefined> => {
  const { record, secrets } = context.journal;
  if (step === 'create') {
    const { pending } = record;
    const model = pending === undefined ? undefined : await modelOf(context, createdObjectId(pending.digest, 0n));
    return model === undefined ? undefined : model.kind === 'Created' ? model.createEpoch : 0n;
  }
  const model = await modelOf(context, record.modelId);
  if (model === undefined) return undefined;
  if (step === 'reveal') {
    const { epoch } = await context.client.getEpochClock({ signal: context.signal });
    // All of it: an update may have the key or the weights of the version before.
    const revealed =
      model.kind === 'Active' &&
      model.decryptionKey === secrets.key &&
      model.manifest.checksum === record.checksum &&
      model.manifest.url === record.url &&
      model.embeddingCommitment === embeddingCommitment(secrets.embedding);
    return revealed ? epoch : undefined;
  }
  const committed = model.kind === 'Pending' ? model : model.kind === 'Active' ? model.pendingUpdate : undefined;
  const ours =
    committed !== undefined &&
    committed.manifest.checksum === record.checksum &&
    committed.manifest.url === record.url &&
    committed.decryptionKeyCommitment === decryptionKeyCommitment(secrets.key) &&
    committed.embeddingCommitment === embeddingCommitment(secrets.embedding);
  return ours ? committed.commitEpoch : undefined;
};

/** Refusals that hold for ever: an input has moved on, so that these bytes can never be executed. */
const isFinal = async (
  { client, journal, signal }: PublishContext,
  error: SomaKitError<'TRANSACTION_REFUSED'>,
): Promise<boolean> => {
  const { reason } = error.context;
  if (reason.kind === 'InvalidObjectDigest') return true;
  // A node that lags behind refuses a version that it does not know yet.
  if (reason.kind === 'ObjectVersionUnavailableForConsumption')
    return reason.providedObjRef.version < reason.currentVersion;
  if (reason.kind !== 'ObjectNotFound') return false;
  // The coin was there when it was chosen. A node that is past that moment and does not have it knows that it is gone.
  const { data } = await client.getLatestCheckpoint({ signal });
  return Number(data.timestampMs) > Date.parse(journal.record.updatedAt);
};

const resultIn = (error: unknown): WriteResult | undefined =>
  isError(error, 'CHECKPOINT_NOT_SEEN')
    ? (error.context as { readonly result?: WriteResult | undefined }).result
    : undefined;

const revealEpochOf = ({ commitEpoch }: PublishRecord): bigint => (commitEpoch ?? 0n) + 1n;

const missed = (context: PublishContext, epoch: bigint): SomaKitError => {
  const { record } = context.journal;
  write(context, { state: 'missed' });
  const revealEpoch = revealEpochOf(record);
  const { id, kind, modelId = '' } = record;
  const lost =
    kind === 'create' ? 'The chain takes half of the stake and the model is over.' : 'The update is cancelled.';
  return new SomaKitError(
    'PUBLISH_MISSED',
    `The reveal was due in epoch ${revealEpoch}, and it is epoch ${epoch}. ${lost}`,
    {
      context: { id, modelId, revealEpoch, epoch },
      hint:
        kind === 'create'
          ? 'Publish again as a new model, and leave the command running until the reveal.'
          : `\`somakit model publish --resume ${id}\` commits the same update once more.`,
    },
  );
};

/** Takes the outcome of what was sent, or finds out that it was not. */
const settleWith = async (
  context: PublishContext,
  step: PublishStep,
  run: () => Promise<WriteResult>,
): Promise<void> => {
  try {
    const { effects, fee } = await run();
    succeed(context, step, effects.executedEpoch, fee.totalFee);
  } catch (error) {
    const result = resultIn(error);
    if (result !== undefined) return succeed(context, step, result.effects.executedEpoch, result.fee.totalFee);
    const { pending } = context.journal.record;
    if (pending === undefined) throw error;
    if (isError(error, 'TRANSACTION_FAILED')) {
      drop(context, step, 'failed', error.context.effects.executedEpoch);
      if (step !== 'reveal') throw error;
      const { epoch } = await context.client.getEpochClock({ signal: context.signal });
      throw epoch > revealEpochOf(context.journal.record) ? missed(context, epoch) : error;
    }
    if (!isError(error, 'TRANSACTION_REFUSED')) throw error;
    const epoch = await evidence(context, step);
    if (epoch !== undefined) return succeed(context, step, epoch, undefined);
    if (!(await isFinal(context, error))) throw error;
    drop(context, step, 'refused');
    context.events.note(`The ${step} of an earlier run can no longer be executed; a new one takes its place.`);
  }
};

/** Asks what became of the signed transaction in the journal, and sends the same bytes again if nobody knows it. */
const settle = async (context: PublishContext, step: PublishStep): Promise<void> => {
  const { client, journal, signal } = context;
  const { transaction } = journal.secrets;
  if (transaction === undefined) return drop(context, step, 'refused');
  await settleWith(context, step, () => client.resume({ transaction, signal }));
};

/** Signs, has it on disk, sends. */
const send = async (
  context: PublishContext,
  step: PublishStep,
  run: (options: {
    readonly signal: AbortSignal;
    readonly onSigned: (signed: { readonly digest: string; readonly transaction: Uint8Array }) => void;
  }) => Promise<WriteResult>,
): Promise<void> => {
  const { journal, signal } = context;
  await settleWith(context, step, () =>
    run({
      signal,
      onSigned: ({ digest, transaction }) => {
        const { record } = journal;
        // The one before was refused for coins that had moved on.
        const rest = record.pending === undefined ? {} : ended(record, { outcome: 'refused' });
        const pending = { step, digest: digest as PublishTransaction['digest'] };
        write(context, { ...rest, state: AROUND[step].under, pending }, { transaction });
      },
    }),
  );
};

const encrypt = async (context: PublishContext): Promise<void> => {
  const { journal, signal, events } = context;
  const { plainFile, file } = journal.record;
  // Each time a new one: the weights may have changed since, and one key must never meet two files.
  const key = generateWeightKey();
  write(context, {}, { key });
  const onProgress = ({ done, total }: { readonly done: number; readonly total: number | undefined }) =>
    events.progress('encrypting', done, total);
  // What an earlier run left there is this publication's own.
  const { checksum, size } = await encryptFile({
    from: plainFile ?? file,
    to: file,
    key,
    overwrite: true,
    signal,
    onProgress,
  });
  events.endProgress();
  write(context, { state: 'prepared', checksum, size: BigInt(size) });
};

/** Before anything is paid: the file is what the journal says, and the URL serves it. */
const checkHosting = async (context: PublishContext): Promise<void> => {
  const { journal, signal, events, serve } = context;
  if (serve !== undefined) {
    const served = await serve(journal.record);
    const { file, checksum: expected = '' } = journal.record;
    if (served.checksum !== expected) {
      throw new SomaKitError('WEIGHTS_URL_MISMATCH', `${file} is another file than at the start.`, {
        context: { url: file, expected, received: served.checksum },
        hint: 'Put the encrypted weights back, or begin a new publication. Nothing was sent.',
      });
    }
    if (served.url !== journal.record.url) write(context, { url: served.url });
  }
  const { url, checksum, size, check } = journal.record;
  if (url === undefined || checksum === undefined || size === undefined) {
    throw new SomaKitError('PUBLISH_JOURNAL_DAMAGED', 'The publication has no URL.', {
      context: { file: journal.file, problem: 'no URL' },
    });
  }
  if (!check) return;
  await checkUrl(
    url,
    { checksum, size },
    {
      signal,
      onProgress: (done, total) => events.progress(`checking ${url}`, done, total),
    },
  );
  events.endProgress();
};

const create = (context: PublishContext): Promise<void> => {
  const { commissionRate = 0, stakeAmount } = context.journal.record;
  return send(context, 'create', async (options) => {
    let result: WriteResult | undefined;
    const onResult = (each: WriteResult) => {
      result = each;
    };
    await context.client.createModel({ commissionRate, stakeAmount, ...options, onResult });
    return result!;
  });
};

const commit = async (context: PublishContext): Promise<void> => {
  const { journal, client } = context;
  const epoch = await evidence(context, 'commit');
  if (epoch !== undefined) return succeed(context, 'commit', epoch, undefined);
  const { modelId = '', url = '', checksum = '', size = 0n } = journal.record;
  const { key, embedding } = journal.secrets;
  const parameters = { modelId, weightsUrl: url, weights: { checksum, size }, decryptionKey: key, embedding };
  return send(context, 'commit', (options) => client.commitModel({ ...parameters, ...options }));
};

const NETWORK = /^(RPC_|HTTP_|TIMEOUT$|CONNECT)/;

/** Waits until the one epoch in which the reveal counts. @throws PUBLISH_MISSED */
const waitForWindow = async (context: PublishContext): Promise<void> => {
  const { client, journal, signal, events, pollMs } = context;
  const due = revealEpochOf(journal.record);
  let trouble = false;
  for (;;) {
    try {
      const clock = await client.getEpochClock({ signal });
      if (trouble) events.note('The node answers again.');
      trouble = false;
      if (clock.epoch > due) {
        // The reveal may have come from elsewhere.
        if ((await evidence(context, 'reveal')) !== undefined) return;
        throw missed(context, clock.epoch);
      }
      if (clock.epoch === due) return;
      events.waiting(due, clock.remainingMs);
    } catch (error) {
      // A wait of a day must outlive a node that restarts.
      if (signal.aborted || !isError(error) || !NETWORK.test(error.code)) throw error;
      if (!trouble) events.note(`The node does not answer (${error.message}); still waiting.`);
      trouble = true;
    }
    await sleep(pollMs, { signal });
  }
};

const reveal = async (context: PublishContext): Promise<void> => {
  const { journal, client, events } = context;
  await waitForWindow(context);
  events.endProgress();
  const epoch = await evidence(context, 'reveal');
  if (epoch !== undefined) return succeed(context, 'reveal', epoch, undefined);
  const { modelId = '' } = journal.record;
  const { key, embedding } = journal.secrets;
  return send(context, 'reveal', (options) =>
    client.revealModel({ modelId, decryptionKey: key, embedding, ...options }),
  );
};

/**
 * Takes a publication on, from whatever state the journal has: every step is on disk before it is done, and what was
 * signed is never signed anew while it may still be executed.
 */
export const advance = async (context: PublishContext, until: 'committed' | 'done'): Promise<PublishRecord> => {
  const { journal } = context;
  let checked = false;
  const hosted = async () => {
    if (!checked) await checkHosting(context);
    checked = true;
  };
  for (;;) {
    const { state, kind } = journal.record;
    switch (state) {
      case 'encrypting':
        await encrypt(context);
        break;
      case 'prepared':
        await hosted();
        await (kind === 'create' ? create(context) : commit(context));
        break;
      case 'creating':
        await settle(context, 'create');
        break;
      case 'created':
        await hosted();
        await commit(context);
        break;
      case 'committing':
        await settle(context, 'commit');
        break;
      case 'committed':
        if (until === 'committed') return journal.record;
        await reveal(context);
        break;
      case 'revealing':
        await settle(context, 'reveal');
        break;
      default:
        return journal.record;
    }
  }
};
