import type { Target } from '@somakit/bcs';
import { isError, type ObjectId, type SomaKitError, throwIfAborted } from '@somakit/core';
import { claimShares, expiredShares } from '@somakit/protocol/targets';
import type { WriteResult } from '@somakit/sdk';
import { claimRewards, estimateCost } from '@somakit/sdk/transactions';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { confirmWrite } from '../confirm.js';
import { usageError } from '../errors.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { changeText, somaText } from '../soma/format.js';
import { type SomaSession, type WriteOptions, withSession, writeOptions } from '../soma/session.js';
import { isClaimable, rowOfObject, type TargetRow } from '../soma/target-view.js';
import { sendAndKeep } from '../soma/write.js';
import { walkTargets } from './target-list.js';
import { readTargetObject, targetIdOf } from './target-read.js';

interface ClaimFlags extends WriteOptions {
  readonly all?: boolean;
  readonly thirdParty?: boolean;
}

/** What a claim would bring, in shannons. */
interface Worth {
  /** Why one may care: as what it pays. */
  readonly roles: readonly ('submitter' | 'model owner' | 'claimer')[];
  readonly reward: bigint;
  readonly bondBack: bigint;
  readonly fee: bigint;
}

type Parameters = Awaited<ReturnType<SomaSession['client']['getLatestSystemState']>>['parameters'];

const feeOf = (row: TargetRow, target: Target | undefined, parameters: Parameters): bigint => {
  const kind = claimRewards({ targetId: row.targetId });
  const known = target ?? {
    status:
      row.fillEpoch === undefined ? { kind: 'Open' as const } : { kind: 'Filled' as const, fillEpoch: row.fillEpoch },
    rewardPool: row.rewardPool,
    bondAmount: row.bond,
    submissionReports: [],
  };
  return estimateCost({ kind, parameters, target: known }).max.totalFee;
};

const worthOf = (row: TargetRow, own: string, parameters: Parameters, target?: Target): Worth => {
  const fee = feeOf(row, target, parameters);
  if (row.fillEpoch === undefined) {
    const { claimer } = expiredShares(row.rewardPool, parameters);
    return { roles: ['claimer'], reward: claimer, bondBack: 0n, fee };
  }
  const shares = claimShares(row.rewardPool, parameters) ?? { submitter: 0n, modelOwner: 0n, claimer: 0n };
  const asSubmitter = row.submitter === own;
  const asOwner = row.winningModelOwner === own;
  return {
    roles: [
      ...(asSubmitter ? (['submitter'] as const) : []),
      ...(asOwner ? (['model owner'] as const) : []),
      'claimer',
    ],
    reward: (asSubmitter ? shares.submitter : 0n) + (asOwner ? shares.modelOwner : 0n) + shares.claimer,
    bondBack: asSubmitter ? row.bond : 0n,
    fee,
  };
};

interface Candidate {
  readonly row: TargetRow;
  readonly worth: Worth;
}

const isOwn = ({ worth }: Candidate): boolean => worth.roles.length > 1;
const pays = ({ worth }: Candidate): boolean => worth.reward > worth.fee;

const candidatesOf = async (
  cli: Cli,
  session: SomaSession,
  ids: readonly ObjectId[],
  { all = false, thirdParty = false }: ClaimFlags,
): Promise<{ readonly chosen: readonly Candidate[]; readonly others: readonly Candidate[] }> => {
  const { client, address } = session;
  const { signal } = cli;
  const { parameters, epoch } = await client.getLatestSystemState({ signal });
  if (!all) {
    const chosen: Candidate[] = [];
    for (const id of ids) {
      const target = await readTargetObject(client, id, signal).catch((error: unknown) => {
        if (isError(error, 'CLI_NOT_FOUND') && ids.length > 1) return undefined;
        throw error;
      });
      const row = target === undefined ? goneRow(id) : rowOfObject(id, target, epoch);
      chosen.push({ row, worth: worthOf(row, address, parameters, target) });
    }
    return { chosen, others: [] };
  }
  const found: Candidate[] = [];
  cli.out.status('looking for targets that may be claimed');
  for await (const row of walkTargets(client, epoch, { claimable: true }, { signal })) {
    if (isClaimable(row, epoch)) found.push({ row, worth: worthOf(row, address, parameters) });
  }
  cli.out.endProgress();
  const own = found.filter(isOwn);
  const foreign = found.filter((each) => !isOwn(each) && pays(each));
  return thirdParty ? { chosen: [...own, ...foreign], others: [] } : { chosen: own, others: foreign };
};

const goneRow = (targetId: ObjectId): TargetRow => ({
  targetId,
  status: 'claimed',
  generationEpoch: 0n,
  fillEpoch: undefined,
  modelIds: [],
  distanceThreshold: Number.NaN,
  rewardPool: 0n,
  bond: 0n,
  submitter: undefined,
  winningModelId: undefined,
  winningModelOwner: undefined,
  dataUrl: undefined,
  embedding: undefined,
});

type Outcome = 'claimed' | 'would-claim' | 'gone' | 'failed' | 'unknown';

interface Claimed {
  readonly outcome: Outcome;
  readonly result?: WriteResult | undefined;
  readonly error?: SomaKitError | undefined;
}

const GONE = new Set(['TargetNotFound', 'TargetAlreadyClaimed']);

const claimOne = async (cli: Cli, session: SomaSession, targetId: ObjectId, dryRun: boolean): Promise<Claimed> => {
  const { client } = session;
  try {
    const result = dryRun
      ? await client.claimRewards({ targetId, dryRun: true, signal: cli.signal })
      : await sendAndKeep(cli, session, {
          action: 'target.claim',
          lines: [],
          question: '',
          send: (options) => client.claimRewards({ targetId, ...options }),
        });
    return { outcome: dryRun ? 'would-claim' : 'claimed', result };
  } catch (error) {
    if (!isError(error) || isError(error, 'ABORTED')) throw error;
    throwIfAborted(cli.signal, 'target.claim');
    if (isError(error, 'OUTCOME_UNKNOWN')) return { outcome: 'unknown', error };
    const failure =
      isError(error, 'PREFLIGHT_FAILED') || isError(error, 'TRANSACTION_FAILED')
        ? error.context.failure.kind
        : undefined;
    // Somebody else claimed it: rewards and bond went to whom they belong all the same.
    return failure !== undefined && GONE.has(failure) ? { outcome: 'gone', error } : { outcome: 'failed', error };
  }
};

const claimJson = ({ row, worth }: Candidate, { outcome, result, error }: Claimed, own: string): object => ({
  target_id: row.targetId,
  outcome,
  roles: worth.roles.map((role) => role.replace(' ', '_')),
  expected_reward: worth.reward,
  bond_back: worth.bondBack,
  digest: result === undefined || outcome === 'would-claim' ? null : result.digest,
  fee: result?.fee.totalFee ?? null,
  net: result?.balanceChanges.find(({ address }) => address === own)?.amount ?? null,
  error:
    error === undefined || outcome === 'gone'
      ? null
      : { code: error.code, message: error.message, hint: error.hint ?? null, exit_code: exitCodeOf(error) },
});

const WORDS: Readonly<Record<Outcome, string>> = {
  claimed: 'claimed',
  'would-claim': 'can be claimed',
  gone: 'gone: claimed by somebody else',
  failed: 'failed',
  unknown: 'outcome unknown',
};

/** The exit status of several claims: the most serious of them. */
const worstOf = (codes: readonly number[]): number =>
  [EXIT.unknownOutcome, EXIT.failedOnChain, EXIT.refused, EXIT.network].find((code) => codes.includes(code)) ??
  codes[0] ??
  EXIT.ok;

const claim = async (cli: Cli, session: SomaSession, ids: readonly ObjectId[], flags: ClaimFlags): Promise<void> => {
  const { out } = cli;
  const { chosen, others } = await candidatesOf(cli, session, ids, flags);
  const sum = (list: readonly Candidate[], of: (worth: Worth) => bigint) =>
    list.reduce((total, { worth }) => total + of(worth), 0n);
  const incentive = sum(others, ({ reward, fee }) => reward - fee);
  if (others.length > 0) {
    out.note(`${others.length} targets of others would pay ${somaText(incentive)} for claiming them: --third-party.`);
  }
  if (chosen.length === 0) {
    if (!out.json) out.line('There is nothing to claim.');
    return;
  }
  const reward = sum(chosen, (worth) => worth.reward);
  const bonds = sum(chosen, ({ bondBack }) => bondBack);
  const fees = sum(chosen, ({ fee }) => fee);
  const dryRun = flags.dryRun === true;
  const may =
    dryRun ||
    (await confirmWrite(cli, flags, {
      action: 'target.claim',
      lines: [
        `Claims ${chosen.length === 1 ? `the target ${chosen[0]!.row.targetId}` : `${chosen.length} targets`}: ${somaText(reward)} of rewards${bonds > 0n ? ` and ${somaText(bonds)} of bonds` : ''}, for fees of at most ${somaText(fees)}.`,
      ],
      question: 'Claim?',
      plan: {},
    }));
  if (!may) return;
  const codes: number[] = [];
  let net = 0n;
  for (const [i, candidate] of chosen.entries()) {
    out.status(`${i + 1} of ${chosen.length}`);
    const claimed = await claimOne(cli, session, candidate.row.targetId, dryRun);
    out.endProgress();
    const { outcome, error } = claimed;
    if (error !== undefined && outcome !== 'gone') codes.push(exitCodeOf(error));
    const line = claimJson(candidate, claimed, session.address) as { readonly net: bigint | null };
    net += line.net ?? 0n;
    if (out.json) {
      out.object('target.claim/1', line);
      continue;
    }
    const gain = line.net === null ? '' : `  ${changeText(line.net)}`;
    const as = candidate.worth.roles.length > 1 ? ` as ${candidate.worth.roles[0]}` : ' as claimer';
    const why = error === undefined || outcome === 'gone' ? '' : `: ${error.message}`;
    out.line(`${candidate.row.targetId}  ${WORDS[outcome]}${outcome.endsWith('claimed') ? as : ''}${gain}${why}`);
  }
  if (!out.json && chosen.length > 1) out.line(`${changeText(net)} in all, fees included`);
  if (codes.length > 0) {
    cli.exitWith(worstOf(codes));
    out.note(`${codes.length} of ${chosen.length} were not claimed.`);
  }
};

export const buildTargetClaim = (group: Command, cli: Cli): void => {
  writeOptions(
    group
      .command('claim')
      .description('pay out filled targets after their audit, or clear expired ones')
      .argument('[targets...]', 'ids of targets')
      .option('--all', 'every target whose submitter, or whose winning model, is yours')
      .option('--third-party', 'with --all: also those of others, and expired ones, whose 0.5 % exceeds the fee'),
    { offline: false },
  )
    .addHelpText(
      'after',
      `
Each target has its own transaction and result; one that fails does not keep the others. A target that somebody else has
claimed is gone, and no failure: reward and bond went to whom they belong.

Examples:
  somakit target claim 0x… 0x…
  somakit target claim --all --yes --json
  somakit target claim --all --third-party --dry-run`,
    )
    .action(async (texts: readonly string[], flags: ClaimFlags) => {
      if ((texts.length === 0) === (flags.all !== true)) throw usageError('Give the ids of targets, or --all.');
      if (flags.thirdParty && !flags.all) throw usageError('--third-party goes with --all.');
      const ids = [...new Set(texts.map(targetIdOf))];
      await withSession(cli, flags, { signer: true }, (session) => claim(cli, session, ids, flags));
    });
};
