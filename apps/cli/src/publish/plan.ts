import { type EpochClock, revealWindow } from '@somakit/protocol/epochs';
import type { SomaClient } from '@somakit/sdk';
import { percent, somaText } from '../soma/format.js';
import { epochText } from '../soma/windows.js';
import type { Beginning } from './begin.js';
import type { PublishRecord } from './record.js';

export const now = (): bigint => BigInt(Date.now());

/** What it costs: fees of the transactions that are left, as far as they can be told beforehand. */
export const feesOf = async (client: SomaClient, kind: PublishRecord['kind'], signal: AbortSignal): Promise<bigint> => {
  const { parameters } = await client.getLatestSystemState({ signal });
  // Each writes the gas coin and the system state; creating a model writes its stake too.
  const plain = parameters.baseFee + 2n * parameters.writeObjectFee;
  return kind === 'create' ? 3n * plain + parameters.writeObjectFee : 2n * plain;
};

/** What a new publication will do, and the question. */
export const linesOf = (
  { record }: Pick<Beginning, 'record'>,
  clock: EpochClock,
  fees: bigint,
): { readonly lines: readonly string[]; readonly question: string } => {
  const { kind, stakeAmount = 0n, commissionRate = 0, url, file, plainFile, modelId } = record;
  const where = url ?? (record.serve === undefined ? '' : `a URL of this program (${record.serve})`);
  const due = revealWindow(clock.epoch).first;
  return {
    lines: [
      kind === 'create'
        ? `Publishes a model of ${record.address} with ${somaText(stakeAmount)} of stake and a commission of ${percent(commissionRate)}.`
        : `Publishes an update of the model ${modelId}.`,
      ...(plainFile === undefined ? [] : [`Encrypts ${plainFile} to ${file}, with a new key.`]),
      `Its encrypted weights are served at ${where}${record.check ? ', which is checked first' : ' (not checked)'}.`,
      `Fees: about ${somaText(fees)} for ${kind === 'create' ? 'three' : 'two'} transactions.`,
      `A commit now is to be revealed in ${epochText(clock, due, now())}.`,
      kind === 'create'
        ? 'Without a reveal in that one epoch half of the stake is lost: leave this running, or run --resume then.'
        : 'Without a reveal in that one epoch the update is cancelled: leave this running, or run --resume then.',
    ],
    question: kind === 'create' ? `Publish it with ${somaText(stakeAmount)} of stake?` : 'Publish the update?',
  };
};
