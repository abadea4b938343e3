import { type EpochClock, revealWindow } from '@somakit/protocol/epochs';
import { windowJson } from '../soma/windows.js';
import type { PublishRecord } from './record.js';

/** What programs see of a publication: nothing secret. */
export const publicationJson = (record: PublishRecord, clock?: EpochClock | undefined): object => {
  const { commitEpoch, transactions, pending } = record;
  const window = commitEpoch === undefined ? undefined : revealWindow(commitEpoch);
  return {
    id: record.id,
    kind: record.kind,
    state: record.state,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    chain_id: record.chainId,
    environment: record.environment,
    rpc: record.rpc,
    address: record.address,
    model_id: record.modelId ?? null,
    file: record.file,
    url: record.url ?? null,
    checksum: record.checksum ?? null,
    size: record.size ?? null,
    stake: record.stakeAmount ?? null,
    commission_rate: record.commissionRate ?? null,
    create_epoch: record.createEpoch ?? null,
    commit_epoch: commitEpoch ?? null,
    reveal:
      window === undefined
        ? null
        : clock === undefined
          ? { first_epoch: window.first, last_epoch: window.last, opens_at_ms: null, closes_at_ms: null }
          : windowJson(clock, window),
    pending_transaction: pending?.digest ?? null,
    transactions: transactions.map(({ step, digest, outcome, epoch, fee }) => ({
      step,
      digest,
      outcome,
      epoch: epoch ?? null,
      fee: fee ?? null,
    })),
  };
};

const STATES: Readonly<Record<PublishRecord['state'], string>> = {
  encrypting: 'weights not encrypted yet',
  prepared: 'nothing sent yet',
  creating: 'creation signed, outcome not known',
  created: 'created, not committed yet',
  committing: 'commit signed, outcome not known',
  committed: 'committed, waits for its reveal',
  revealing: 'reveal signed, outcome not known',
  done: 'done',
  missed: 'reveal missed',
};

export const stateText = ({ state }: PublishRecord): string => STATES[state];

/** What each line of `--json` is. */
export const SHAPE = 'model.publication/1';

/** How a publication goes on. */
export const resumeHint = ({ id }: PublishRecord): string => `somakit model publish --resume ${id}`;
