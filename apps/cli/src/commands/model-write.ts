import { invalidArgument, parseObjectId } from '@somakit/core';
import { revealWindow } from '@somakit/protocol/epochs';
import type { WriteResult } from '@somakit/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';
import { soma } from '../options.js';
import { readFloats } from '../publish/embedding.js';
import { requiredWeightKey, WEIGHT_KEY_HELP, type WeightKeyOptions, weightKeyOptions } from '../publish/weight-key.js';
import { percent, somaText } from '../soma/format.js';
import { type SomaSession, type WriteOptions, withSession, writeOptions } from '../soma/session.js';
import { epochText } from '../soma/windows.js';
import { type SendOptions, somaWrite } from '../soma/write.js';
import { formatBytes } from '../text.js';

/** Basis points. */
export const basisPoints = (text: string): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 10_000) return value;
  throw new InvalidArgumentError('It must be 0 to 10000 basis points; 500 are 5 %.');
};

/** An id of 0 to 64 hex digits, with or without 0x. */
export const modelIdOf = (text: string): string => parseObjectId(text.startsWith('0x') ? text : `0x${text}`);

/** Refuses an embedding that cannot be the model's before anything is paid: the chain does not look at its length. */
export const checkEmbedding = async (session: SomaSession, embedding: Float32Array, signal: AbortSignal) => {
  const dimension = await session.client.getEmbeddingDim({ signal });
  if (embedding.length !== dimension) {
    throw invalidArgument('--embedding', `${dimension} values, as the targets of this network have`, embedding.length);
  }
};

/** A call that gives something else, with the result that it tells of. */
const resultOf = async (
  call: (options: { readonly onResult: (result: WriteResult) => void }) => Promise<unknown>,
): Promise<WriteResult> => {
  let result: WriteResult | undefined;
  await call({
    onResult: (each) => {
      result = each;
    },
  });
  return result!;
};

const now = (): bigint => BigInt(Date.now());

interface CreateFlags extends WriteOptions {
  readonly stakeAmount?: bigint;
  readonly commissionRate: number;
  readonly architectureVersion?: string;
}

interface CommitFlags extends WriteOptions, WeightKeyOptions {
  readonly weightsFile: string;
  readonly weightsUrl: string;
  readonly embedding: string;
}

interface RevealFlags extends WriteOptions, WeightKeyOptions {
  readonly embedding: string;
}

const warnOfCommission = (cli: Cli, rate: number): void => {
  if (rate > 5_000) cli.out.note(`A commission of ${percent(rate)} leaves little to those who stake with the model.`);
};

const addCreate = (group: Command, cli: Cli): void => {
  writeOptions(
    group
      .command('create')
      .description('register a model with stake; `publish` does this and what follows')
      .option('--stake, --stake-amount <soma>', 'its stake (default: the least that the network takes)', soma)
      .option('--commission-rate <bps>', "the owner's share of what stakers earn, in basis points", basisPoints, 0)
      .option('--architecture-version <n>', "must be the network's"),
  )
    .addHelpText(
      'after',
      '\nCommit the model in this epoch or the next: one that is never committed is slashed.\n\nExamples:\n  somakit model create --commission-rate 500\n  somakit model create --stake 10 --dry-run',
    )
    .action(async (flags: CreateFlags) => {
      await withSession(cli, flags, { signer: true }, async (session) => {
        const { client } = session;
        const { createdObjectId } = await import('@somakit/sdk/transactions');
        const call = { signal: cli.signal };
        const architecture = await client.getArchitectureVersion(call);
        if (flags.architectureVersion !== undefined && flags.architectureVersion !== String(architecture)) {
          throw invalidArgument(
            '--architecture-version',
            `${architecture}, the network's`,
            flags.architectureVersion,
            'Leave it out.',
          );
        }
        const { commissionRate } = flags;
        warnOfCommission(cli, commissionRate);
        const stakeAmount = flags.stakeAmount ?? (await client.getModelMinStake(call));
        await somaWrite(cli, session, flags, {
          action: 'model.create',
          lines: [
            `Registers a model of ${session.address} with ${somaText(stakeAmount)} of stake and a commission of ${percent(commissionRate)}.`,
            'It must be committed in this epoch or the next, and revealed in the one after the commit, or half of the stake is lost.',
          ],
          question: `Create the model with ${somaText(stakeAmount)}?`,
          send: (options: SendOptions) =>
            resultOf((more) => client.createModel({ commissionRate, stakeAmount, ...options, ...more })),
          extra: ({ digest, dryRun }) => (dryRun ? {} : { model_id: createdObjectId(digest, 0n) }),
          after: ({ digest, effects }) => [
            `Model ${createdObjectId(digest, 0n)}`,
            `Commit it by epoch ${effects.executedEpoch + 1n}: somakit model commit ${createdObjectId(digest, 0n)} ...`,
          ],
        });
      });
    });
};

const addCommit = (group: Command, cli: Cli): void => {
  writeOptions(
    weightKeyOptions(
      group
        .command('commit')
        .description('announce the encrypted weights of a model, or of an update; `publish` and `update` do more')
        .argument('<model>', 'id of the model')
        .requiredOption('--weights-file <file>', 'the encrypted weights')
        .requiredOption('--weights-url <url>', 'where everybody can fetch them')
        .requiredOption(
          '--embedding <values>',
          'its embedding: -0.1,0.2,... or a file (JSON, CSV, .f32, .npy, .safetensors)',
        ),
    ),
  )
    .addHelpText(
      'after',
      `\n${WEIGHT_KEY_HELP}\nKeep key and embedding: the reveal needs the same ones, to the bit.\n\nExamples:\n  somakit model commit 0x… --weights-file model.enc --weights-url https://store.example/model.enc \\\n    --embedding embedding.npy --decryption-key-file model.key`,
    )
    .action(async (id: string, flags: CommitFlags) => {
      const modelId = modelIdOf(id);
      const embedding = await readFloats('--embedding', flags.embedding);
      const decryptionKey = await requiredWeightKey(cli, flags);
      if (!URL.canParse(flags.weightsUrl)) throw invalidArgument('--weights-url', 'a URL', flags.weightsUrl);
      await withSession(cli, flags, { signer: true }, async (session) => {
        const { client } = session;
        await checkEmbedding(session, embedding, cli.signal);
        const { hashFile } = await import('@somakit/crypto/node');
        const weights = await hashFile(flags.weightsFile, {
          signal: cli.signal,
          onProgress: ({ done, total }) => cli.out.progress('hashing', done, total),
        });
        cli.out.endProgress();
        const clock = await client.getEpochClock({ signal: cli.signal });
        const due = (epoch: bigint) => epochText({ ...clock, epoch: clock.epoch }, revealWindow(epoch).first, now());
        await somaWrite(cli, session, flags, {
          action: 'model.commit',
          lines: [
            `Commits the model ${modelId} to ${formatBytes(weights.size)} at ${flags.weightsUrl} (checksum ${weights.checksum}).`,
            `The reveal is due in ${due(clock.epoch)}.`,
          ],
          question: 'Commit?',
          send: (options) =>
            client.commitModel({
              modelId,
              weightsUrl: flags.weightsUrl,
              weights,
              decryptionKey,
              embedding,
              ...options,
            }),
          extra: ({ effects, dryRun }) => ({
            model_id: modelId,
            checksum: weights.checksum,
            size: BigInt(weights.size),
            ...(dryRun ? {} : { reveal_epoch: effects.executedEpoch + 1n }),
          }),
          after: ({ effects }) => [
            `Reveal it in ${due(effects.executedEpoch)}, and in no other: somakit model reveal ${modelId} ...`,
          ],
        });
      });
    });
};

const addReveal = (group: Command, cli: Cli): void => {
  writeOptions(
    weightKeyOptions(
      group
        .command('reveal')
        .description('publish key and embedding of a committed model, in the epoch after its commit')
        .argument('<model>', 'id of the model')
        .requiredOption('--embedding <values>', 'the embedding of the commit: -0.1,0.2,... or a file'),
    ),
  )
    .addHelpText(
      'after',
      `\n${WEIGHT_KEY_HELP}\nEpoch, key and embedding are compared with the commit before a fee is paid.\n\nExamples:\n  somakit model reveal 0x… --embedding embedding.npy --decryption-key-file model.key`,
    )
    .action(async (id: string, flags: RevealFlags) => {
      const modelId = modelIdOf(id);
      const embedding = await readFloats('--embedding', flags.embedding);
      const decryptionKey = await requiredWeightKey(cli, flags);
      await withSession(cli, flags, { signer: true }, (session) =>
        somaWrite(cli, session, flags, {
          action: 'model.reveal',
          lines: [`Reveals the model ${modelId}: everybody will have its key.`],
          question: 'Reveal?',
          send: (options) => session.client.revealModel({ modelId, decryptionKey, embedding, ...options }),
          extra: () => ({ model_id: modelId }),
          after: () => ['The model is active: targets made from now on can choose it.'],
        }).then(() => {}),
      );
    });
};

export const buildModelWrites = (group: Command, cli: Cli): void => {
  addCreate(group, cli);
  addCommit(group, cli);
  addReveal(group, cli);

  writeOptions(
    group
      .command('set-commission-rate')
      .description("change a model's commission from the next epoch on")
      .argument('<model>', 'id of the model')
      .requiredOption('--commission-rate <bps>', 'in basis points; 500 are 5 %', basisPoints),
  )
    .addHelpText('after', '\nExamples:\n  somakit model set-commission-rate 0x… --commission-rate 500')
    .action(async (id: string, flags: WriteOptions & { commissionRate: number }) => {
      const modelId = modelIdOf(id);
      const newRate = flags.commissionRate;
      warnOfCommission(cli, newRate);
      await withSession(cli, flags, { signer: true }, (session) =>
        somaWrite(cli, session, flags, {
          action: 'model.set-commission-rate',
          lines: [`Sets the commission of the model ${modelId} to ${percent(newRate)} from the next epoch on.`],
          question: `Set it to ${percent(newRate)}?`,
          send: (options) => session.client.setModelCommissionRate({ modelId, newRate, ...options }),
          extra: () => ({ model_id: modelId }),
        }).then(() => {}),
      );
    });

  writeOptions(
    group
      .command('deactivate')
      .description('take an active model out of service, for good')
      .argument('<model>', 'id of the model'),
  )
    .addHelpText(
      'after',
      '\nNothing is slashed; who staked with it can withdraw. An update that waits for its reveal is lost.\n\nExamples:\n  somakit model deactivate 0x… --dry-run',
    )
    .action(async (id: string, flags: WriteOptions) => {
      const modelId = modelIdOf(id);
      await withSession(cli, flags, { signer: true }, (session) =>
        somaWrite(cli, session, flags, {
          action: 'model.deactivate',
          lines: [`Deactivates the model ${modelId}. This cannot be undone.`],
          question: 'Deactivate it for good?',
          send: (options) => session.client.deactivateModel({ modelId, ...options }),
          extra: () => ({ model_id: modelId }),
          after: () => ['Stake comes back with somakit unstake.'],
        }).then(() => {}),
      );
    });
};
