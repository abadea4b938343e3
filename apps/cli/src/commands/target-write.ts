import { readFile, stat } from 'node:fs/promises';
import { invalidArgument, type ObjectId, parseObjectId, SomaKitError } from '@somakit/core';
import { claimWindow } from '@somakit/protocol/epochs';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { readFloats } from '../publish/embedding.js';
import { checkUrl } from '../publish/host.js';
import { somaText } from '../soma/format.js';
import { type SomaSession, type WriteOptions, withSession, writeOptions } from '../soma/session.js';
import { epochText } from '../soma/windows.js';
import { somaWrite } from '../soma/write.js';
import { formatBytes } from '../text.js';
import { readTargetObject, targetIdOf } from './target-read.js';

interface SubmitFlags extends WriteOptions {
  readonly targetId: string;
  readonly dataFile: string;
  readonly dataUrl: string;
  readonly modelId?: string;
  readonly embedding?: string;
  readonly distanceScore?: number;
  readonly lossScore?: string;
  readonly scores?: string;
  readonly score?: boolean;
  readonly check: boolean;
}

/** What a submission claims of its data. */
interface Scores {
  readonly modelId: ObjectId;
  readonly embedding: Float32Array;
  readonly distanceScore: number;
  readonly lossScore: Float32Array;
}

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
};

const readData = async (path: string, most: bigint): Promise<Uint8Array> => {
  const unreadable = (code: string | undefined) =>
    invalidArgument('--data-file', 'a file that can be read', path, code);
  const { size } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(error.code);
  });
  // Said before megabytes are read, hashed or uploaded.
  if (BigInt(size) > most) {
    throw invalidArgument('--data-file', `at most ${most} bytes, which is the network's limit`, `${size} bytes`);
  }
  if (size === 0) throw invalidArgument('--data-file', 'a file that is not empty', path);
  return new Uint8Array(
    await readFile(path).catch((error: NodeJS.ErrnoException) => {
      throw unreadable(error.code);
    }),
  );
};

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);
const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'number');

/** What a scorer wrote: `{ model_id, embedding, distance, loss }`; names and lists as scorers give them. */
const readScores = async (path: string): Promise<Scores> => {
  const bad = (problem: string) =>
    invalidArgument('--scores', 'JSON with model_id, embedding, distance and loss', path, problem);
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw bad((error as NodeJS.ErrnoException).code ?? 'It is no JSON.');
  }
  const modelId = fields.model_id ?? fields.modelId ?? fields.model ?? fields.winning_model_id;
  const distance = first(fields.distance ?? fields.distance_score);
  const given = fields.loss ?? fields.loss_score ?? fields.lossScore;
  const loss = typeof given === 'number' ? [given] : given;
  if (typeof modelId !== 'string') throw bad('model_id is missing.');
  if (typeof distance !== 'number') throw bad('distance is missing.');
  if (!isNumbers(fields.embedding)) throw bad('embedding is missing.');
  if (!isNumbers(loss)) throw bad('loss is missing.');
  return {
    modelId: parseObjectId(modelId),
    embedding: Float32Array.from(fields.embedding),
    distanceScore: distance,
    lossScore: Float32Array.from(loss),
  };
};

const given = async (flags: SubmitFlags): Promise<Scores> => {
  const { modelId, embedding, distanceScore, lossScore } = flags;
  if (modelId === undefined || embedding === undefined || distanceScore === undefined || lossScore === undefined) {
    throw usageError(
      'Say how the data scores: --score, --scores FILE, or all of --model-id, --embedding, --distance-score and --loss-score.',
    );
  }
  return {
    modelId: targetIdOf(modelId),
    embedding: await readFloats('--embedding', embedding),
    distanceScore,
    lossScore: await readFloats('--loss-score', lossScore),
  };
};

/** Has the scoring service look at the data, with all models of the target in its order and seed 0, as an audit does. */
const scored = async (
  cli: Cli,
  { client }: SomaSession,
  target: { readonly modelIds: readonly ObjectId[]; readonly embedding: Float32Array },
  data: Uint8Array,
  dataUrl: string,
): Promise<Scores> => {
  const models = await client.getModelManifests(target, { signal: cli.signal });
  if (models.length < target.modelIds.length) {
    throw new SomaKitError('CLI_NOT_FOUND', 'A model of the target has no weights: its score cannot stand an audit.', {
      context: { what: 'weights' },
    });
  }
  cli.out.status(`scoring with ${models.length} models`);
  const { winner, embedding, distance, lossScore } = await client.score({
    dataUrl,
    data,
    models,
    targetEmbedding: target.embedding,
    signal: cli.signal,
  });
  cli.out.endProgress();
  return { modelId: models[winner]!.modelId, embedding, distanceScore: distance[0]!, lossScore };
};

const submit = async (cli: Cli, session: SomaSession, flags: SubmitFlags): Promise<void> => {
  const { out, signal } = cli;
  const { client } = session;
  const targetId = targetIdOf(flags.targetId);
  const { dataUrl } = flags;
  if (!/^https?:/.test(dataUrl) || !URL.canParse(dataUrl))
    throw invalidArgument('--data-url', 'an http: or https: URL', dataUrl);
  const { parameters } = await client.getLatestSystemState({ signal });
  const data = await readData(flags.dataFile, parameters.maxSubmissionDataSize);
  const target = await readTargetObject(client, targetId, signal);
  const clock = await client.getEpochClock({ signal });
  const { commitment } = await import('@somakit/sdk');
  const checksum = commitment(data);
  if (flags.check) {
    await checkUrl(dataUrl, { checksum, size: BigInt(data.length) }, { signal });
    out.endProgress();
  }
  const scores = flags.score
    ? await scored(cli, session, { modelIds: target.modelIds, embedding: target.embedding.data }, data, dataUrl)
    : flags.scores !== undefined
      ? await readScores(flags.scores)
      : await given(flags);
  const threshold = target.distanceThreshold.data[0] ?? Number.NaN;
  // The chain lets it pass; an audit does not.
  if (Number.isNaN(scores.distanceScore)) throw invalidArgument('--distance-score', 'a number', 'NaN');
  const { claimShares } = await import('@somakit/protocol/targets');
  const shares = claimShares(target.rewardPool, parameters);
  const due = claimWindow(clock.epoch).first;
  const now = BigInt(Date.now());
  await somaWrite(cli, session, flags, {
    action: 'target.submit',
    lines: [
      `Submits ${flags.dataFile} (${formatBytes(data.length)}, checksum ${checksum}) at ${dataUrl} to the target ${targetId}.`,
      `Distance ${scores.distanceScore.toFixed(4)}, threshold ${threshold.toFixed(4)}; model ${scores.modelId}.`,
      ...(shares === undefined
        ? []
        : [`Worth ${somaText(shares.submitter)} of the reward of ${somaText(target.rewardPool)}.`]),
      `The data must stay there, unchanged, until the claim in ${epochText(clock, due, now)}.`,
    ],
    question: 'Submit?',
    send: (options) => client.submitData({ targetId, data, dataUrl, ...scores, ...options }),
    extra: ({ effects, dryRun }) => ({
      target_id: targetId,
      model_id: scores.modelId,
      checksum,
      size: BigInt(data.length),
      ...(dryRun ? {} : { claim_epoch: claimWindow(effects.executedEpoch).first }),
    }),
    after: ({ effects }) => {
      const epoch = effects.executedEpoch;
      return [
        `Validators may report it in epoch ${epoch + 1n}.`,
        `Claim it in ${epochText(clock, epoch + 2n, now)}: somakit target claim ${targetId}`,
      ];
    },
  });
};

export const buildTargetWrites = (group: Command, cli: Cli): void => {
  writeOptions(
    group
      .command('submit')
      .description('submit data that hits a target, with its bond')
      .requiredOption('--target-id <id>', 'the target')
      .requiredOption('--data-file <file>', 'the data')
      .requiredOption('--data-url <url>', 'where everybody can fetch it until the claim')
      .option('--score', 'have the scoring service score it (--scoring-url)')
      .option('--scores <file>', 'scores as JSON: model_id, embedding, distance, loss')
      .option('--model-id <id>', 'the winning model')
      .option('--embedding <values>', 'of the data: -0.1,0.2,... or a file (JSON, CSV, .f32, .npy, .safetensors)')
      .option('--distance-score <n>', "the embedding's distance to the target", number)
      .option('--loss-score <values>', "the winner's loss")
      .option('--no-check', 'do not fetch the data from its URL first'),
  )
    .addHelpText(
      'after',
      '\nThe bond depends on the size of the data, and comes back with the claim.\n\nExamples:\n  somakit target submit --target-id 0x… --data-file a.bin --data-url https://store.example/a.bin --score\n  somakit target submit --target-id 0x… --data-file a.bin --data-url https://store.example/a.bin --scores a.json --dry-run\n  somakit target submit --target-id 0x… --data-file a.bin --data-url https://store.example/a.bin \\\n    --model-id 0x… --embedding -0.1,0.2,… --distance-score 0.93 --loss-score 5.1',
    )
    .action(async (flags: SubmitFlags) => {
      await withSession(cli, flags, { signer: true }, (session) => submit(cli, session, flags));
    });

  writeOptions(
    group
      .command('report')
      .description('report a submission as false, in the epoch after it was made (validators)')
      .argument('<target>', 'id of the target')
      .option('--undo, --undo-report', 'take the report back'),
  )
    .addHelpText('after', '\nExamples:\n  somakit target report 0x…\n  somakit target report 0x… --undo')
    .action(async (id: string, flags: WriteOptions & { undoReport?: boolean }) => {
      const targetId = targetIdOf(id);
      const undo = flags.undoReport === true;
      await withSession(cli, flags, { signer: true }, async (session) => {
        await somaWrite(cli, session, flags, {
          action: undo ? 'target.undo-report' : 'target.report',
          lines: [
            undo
              ? `Takes the report of the target ${targetId} back.`
              : `Reports the submission to the target ${targetId} as false.`,
          ],
          question: undo ? 'Take it back?' : 'Report it?',
          send: (options) =>
            undo
              ? session.client.undoReportSubmission({ targetId, ...options })
              : session.client.reportSubmission({ targetId, ...options }),
          extra: () => ({ target_id: targetId }),
        });
      });
    });
};
