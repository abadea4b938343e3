import type { StakePosition } from '@somakit/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { someSoma } from '../options.js';
import { changeText, short, somaText } from '../soma/format.js';
import {
  accountOptions,
  type NetworkOptions,
  type SomaSession,
  type WriteOptions,
  withSession,
  writeOptions,
} from '../soma/session.js';
import { sparkline } from '../soma/sparkline.js';
import { somaWrite } from '../soma/write.js';

interface StakeFlags extends WriteOptions {
  readonly validator?: string;
  readonly model?: string;
  readonly amount?: bigint;
}

export const build = (group: Command, cli: Cli): void => {
  writeOptions(
    group
      .option('--validator <account>', 'stake with a validator')
      .option('--model <id>', 'stake with a model: gives it weight, earns nothing, and is slashed with it')
      .option('--amount <soma>', 'how much (default: the richest coin, whole)', someSoma),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  somakit stake --validator 0x… --amount 10\n  somakit stake --model 0x… --amount 1 --dry-run',
    )
    .action(async (flags: StakeFlags) => {
      const { validator, model, amount } = flags;
      if ((validator === undefined) === (model === undefined)) throw usageError('Give --validator or --model.');
      await withSession(cli, flags, { signer: true }, async (session) => {
        const { client } = session;
        const what = amount === undefined ? 'the richest coin' : somaText(amount);
        const to = validator === undefined ? model! : session.resolve(validator);
        await somaWrite(cli, session, flags, {
          action: 'stake',
          lines: [
            `Stakes ${what} with ${validator === undefined ? 'model' : 'validator'} ${to}; it counts from the next epoch on.`,
            ...(model === undefined ? [] : ['Model stake earns nothing by itself and is slashed with the model.']),
          ],
          question: `Stake ${what}?`,
          send: (options) =>
            validator === undefined
              ? client.addStakeToModel({ modelId: to, amount, ...options })
              : client.addStake({ validator: to, amount, ...options }),
          after: () => ['somakit stakes shows what it is worth.'],
        });
      });
    });
};

export const buildUnstake = (group: Command, cli: Cli): void => {
  writeOptions(group.argument('<id>', 'the position (StakedSoma object), as somakit stakes shows it'))
    .addHelpText('after', '\nExamples:\n  somakit unstake 0x…\n  somakit unstake 0x… --dry-run')
    .action(async (stakedSomaId: string, flags: WriteOptions) => {
      await withSession(cli, flags, { signer: true }, async (session) => {
        const { client } = session;
        await somaWrite(cli, session, flags, {
          action: 'unstake',
          lines: [`Ends the position ${stakedSomaId}, whole, and pays it out at once.`],
          question: 'Unstake?',
          send: (options) => client.withdrawStake({ stakedSomaId, ...options }),
        });
      });
    });
};

/** What a position was worth at the last epochs. */
const historyOf = async (session: SomaSession, positions: readonly StakePosition[], signal: AbortSignal) => {
  const { rateAt, toPoolTokens, fromPoolTokens } = await import('@somakit/protocol/staking');
  const state = await session.client.getLatestSystemState({ signal });
  const validators = [...state.validators, ...state.pendingValidators, ...state.inactiveValidators.values()];
  return new Map(
    positions.map(({ stakedSomaId, poolId, principal, activationEpoch }) => {
      const pool = validators.find(({ stakingPool }) => stakingPool.id === poolId)?.stakingPool;
      const values: bigint[] = [];
      if (pool !== undefined) {
        const tokens = toPoolTokens(rateAt(pool, activationEpoch), principal);
        const first = state.epoch - 29n > activationEpoch ? state.epoch - 29n : activationEpoch;
        for (let epoch = first; epoch <= state.epoch; epoch++) {
          values.push(fromPoolTokens(rateAt(pool, epoch), tokens));
        }
      }
      return [stakedSomaId, values] as const;
    }),
  );
};

const holder = ({ stakedWith }: StakePosition): string =>
  stakedWith === undefined
    ? '-'
    : stakedWith.kind === 'validator'
      ? `validator ${short(stakedWith.address)}`
      : `model ${short(stakedWith.modelId)}`;

export const buildStakes = (group: Command, cli: Cli): void => {
  accountOptions(group)
    .argument('[account]', 'address or alias (default: the active one)')
    .addHelpText(
      'after',
      '\nThe worth is what unstake would pay now. The line shows how it grew over the last 30 epochs.\n\nExamples:\n  somakit stakes\n  somakit stakes --json',
    )
    .action(async (account: string | undefined, flags: NetworkOptions) => {
      await withSession(cli, flags, {}, async (session) => {
        const owner = account === undefined ? session.address : session.resolve(account);
        const positions = await session.client.getStakes({ owner, signal: cli.signal });
        if (cli.out.json) {
          return positions.forEach(
            (each) =>
              void cli.out.object('stake/1', {
                staked_soma_id: each.stakedSomaId,
                pool_id: each.poolId,
                ...(each.stakedWith?.kind === 'validator' ? { validator: each.stakedWith.address } : {}),
                ...(each.stakedWith?.kind === 'model' ? { model_id: each.stakedWith.modelId } : {}),
                principal: each.principal,
                value: each.value,
                activation_epoch: each.activationEpoch,
              }),
          );
        }
        const history = positions.length === 0 ? new Map() : await historyOf(session, positions, cli.signal);
        await cli.out.table(
          [
            { title: 'Position', cell: ({ stakedSomaId }) => stakedSomaId },
            { title: 'With', cell: holder },
            { title: 'Since', cell: ({ activationEpoch }) => String(activationEpoch), right: true },
            { title: 'Staked', cell: ({ principal }) => somaText(principal), right: true },
            { title: 'Worth', cell: ({ value }) => somaText(value), right: true },
            { title: 'Gain', cell: ({ value, principal }) => changeText(value - principal), right: true },
            { title: 'Growth', cell: ({ stakedSomaId }) => sparkline(history.get(stakedSomaId) ?? []) },
          ],
          positions,
          'Nothing is staked.',
        );
        if (positions.length < 2) return;
        const sum = (of: (each: StakePosition) => bigint) => positions.reduce((total, each) => total + of(each), 0n);
        const principal = sum((each) => each.principal);
        const value = sum((each) => each.value);
        cli.out.line('');
        cli.out.line(`Together ${somaText(value)}, ${changeText(value - principal)}.`);
      });
    });
};
