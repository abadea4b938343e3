import { stat, writeFile } from 'node:fs/promises';
import { invalidArgument, SomaKitError, stringifyJson } from '@somakit/core';
import type { ScoreParameters } from '@somakit/scoring';
import type { TargetView } from '@somakit/sdk';
import type { Cli } from '../cli.js';
import { readFloats } from '../publish/embedding.js';
import { givenWeightKey, type WeightKeyOptions } from '../publish/weight-key.js';
import { type NetworkOptions, withSession } from '../soma/session.js';
import { type EngineFlags, engineOf } from './engine.js';

/** What `somakit scoring score` was told. */
export interface ScoreFlags extends EngineFlags, NetworkOptions, WeightKeyOptions {
  readonly target?: string;
  readonly local?: boolean;
  readonly model: readonly string[];
  readonly targetEmbedding?: string;
  readonly output?: string;
}

/** What a score is, for programs. */
interface Scored {
  readonly model: string;
  readonly model_id: string | null;
  readonly loss: number;
  /** Null when there is nothing to measure to. */
  readonly distance: number | null;
  readonly threshold: number | null;
  readonly hit: boolean | null;
  readonly target: string | null;
  /** Of all models; null when a service tells only the winner. */
  readonly losses: readonly { readonly model: string; readonly loss: number }[] | null;
  readonly engine: string;
  readonly embedding: Float32Array;
}

const SMALL_EMBEDDING = 16;

/** One scoring on this machine. */
const scoreHere = async (
  { out, signal }: Cli,
  flags: EngineFlags,
  parameters: Pick<ScoreParameters, 'data' | 'models' | 'targetEmbedding'>,
  names: readonly string[],
) => {
  const { createScorer } = await import('@somakit/scoring');
  const modelSize = flags.modelSize ?? (parameters.targetEmbedding.length === SMALL_EMBEDDING ? 'small' : 'v1');
  out.note('Starts the scoring engine.');
  // Who names files and weights of this machine may fetch from it.
  const scorer = await createScorer({ ...engineOf({ ...flags, modelSize }), urlPolicy: { allowPrivate: true } });
  try {
    const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) =>
      out.progress('sequences', done, total, 'count');
    const result = await scorer.score({ ...parameters, signal, onProgress });
    out.endProgress();
    return {
      ...result,
      losses: result.models.map(({ loss }, i) => ({ model: names[i]!, loss })),
      engine: `${scorer.engine} on ${scorer.device}`,
    };
  } finally {
    await scorer.close();
  }
};

type Session = Parameters<Parameters<typeof withSession>[3]>[0];

const scoreForOne = async (
  cli: Cli,
  { client }: Session,
  file: string,
  flags: ScoreFlags,
  target: Pick<TargetView, 'id' | 'modelIds' | 'embedding' | 'distanceThreshold'>,
): Promise<Scored> => {
  const { signal } = cli;
  const models = await client.getModelManifests(target, { signal });
  const names = models.map(({ modelId }) => modelId);
  const data = { path: file };
  const { id, embedding: targetEmbedding, distanceThreshold: threshold } = target;
  const { winner, lossScore, distance, embedding, losses, engine } = flags.local
    ? await scoreHere(cli, flags, { data, models, targetEmbedding }, names)
    : {
        ...(await (
          await import('@somakit/rpc/node')
        ).scoreLocal(client.scoring, {
          data,
          models,
          targetEmbedding,
          signal,
        })),
        losses: null,
        engine: client.scoring.url,
      };
  const far = distance[0]!;
  const model = names[Number(winner)]!;
  return {
    model,
    model_id: model,
    loss: lossScore[0]!,
    distance: far,
    threshold,
    hit: far <= threshold,
    target: id,
    losses,
    engine,
    embedding,
  };
};

/** Targets that are looked at closer, when one is to be found. */
const TRIES = 5;

/** The open target that the data hits, or comes nearest to. */
const scoreForAny = async (cli: Cli, session: Session, file: string, flags: ScoreFlags): Promise<Scored> => {
  const targets: TargetView[] = [];
  for await (const target of session.client.targets({ status: 'open', signal: cli.signal })) targets.push(target);
  const [first] = targets;
  if (first === undefined) {
    throw new SomaKitError('CLI_NOT_FOUND', 'No target is open.', {
      context: { what: 'open targets' },
      hint: 'New ones come with the next epoch: somakit epoch.',
    });
  }
  const { cosineDistance } = await import('@somakit/scoring/core');
  let best = await scoreForOne(cli, session, file, flags, first);
  // What a model makes of the data is the same for every target: only the distance differs.
  const { embedding, model } = best;
  const near = targets
    .filter(({ id, modelIds }) => id !== first.id && (modelIds as readonly string[]).includes(model))
    .map((target) => ({ target, room: target.distanceThreshold - cosineDistance(embedding, target.embedding) }))
    .sort((a, b) => b.room - a.room);
  for (const { target } of near.slice(0, TRIES)) {
    // Another of its models may be the better one, so that each is scored for itself.
    const scored = await scoreForOne(cli, session, file, flags, target);
    const room = (each: Scored) => (each.threshold ?? 0) - (each.distance ?? 0);
    if (room(scored) > room(best)) best = scored;
    if (scored.hit) break;
  }
  return best;
};

const scoreForTarget = (cli: Cli, file: string, flags: ScoreFlags): Promise<Scored> =>
  withSession(cli, flags, {}, async (session) => {
    if (flags.target === 'any') return scoreForAny(cli, session, file, flags);
    const target = await session.client.rpc.getTarget({ targetId: flags.target!, signal: cli.signal });
    return scoreForOne(cli, session, file, flags, target);
  });

const scoreWithFiles = async (cli: Cli, file: string, flags: ScoreFlags): Promise<Scored> => {
  const decryptionKey = await givenWeightKey(cli, flags);
  const given = flags.targetEmbedding && (await readFloats('--target-embedding', flags.targetEmbedding));
  const { resolveConfig } = await import('@somakit/scoring/core');
  const { config } = engineOf(flags);
  // The engine measures to something; without a target that is nobody's business.
  const targetEmbedding = given || new Float32Array(resolveConfig(config).embeddingDim).fill(1);
  const models = flags.model.map((path) => ({ path, ...(decryptionKey === undefined ? {} : { decryptionKey }) }));
  const { winner, lossScore, distance, embedding, losses, engine } = await scoreHere(
    cli,
    { modelSize: 'v1', ...flags },
    { data: { path: file }, models, targetEmbedding },
    flags.model,
  );
  return {
    model: flags.model[winner]!,
    model_id: null,
    loss: lossScore[0]!,
    distance: given ? distance[0]! : null,
    threshold: null,
    hit: null,
    target: null,
    losses,
    engine,
    embedding,
  };
};

const sizeOf = async (file: string): Promise<number> => {
  const found = await stat(file).catch((cause: unknown) => {
    throw invalidArgument('file', 'a file that can be read', file, (cause as NodeJS.ErrnoException).code);
  });
  if (!found.isFile()) throw invalidArgument('file', 'a file', file);
  return found.size;
};

/** Scores a file and prints what came of it. */
export const runScore = async (cli: Cli, file: string, flags: ScoreFlags): Promise<void> => {
  const size = await sizeOf(file);
  const { hashFile } = await import('@somakit/crypto/node');
  const { checksum } = await hashFile(file, { signal: cli.signal });
  const started = performance.now();
  const scored =
    flags.target === undefined ? await scoreWithFiles(cli, file, flags) : await scoreForTarget(cli, file, flags);
  const ms = Math.round(performance.now() - started);
  const result = { file, checksum, size, ...scored, ms };
  if (flags.output !== undefined) {
    await writeFile(flags.output, `${stringifyJson({ schema: 'scoring.score/1', ...result })}\n`);
  }
  if (cli.out.json) return cli.out.object('scoring.score/1', result);
  const { model, loss, distance, threshold, hit, losses, engine } = scored;
  const number = (value: number) => value.toFixed(6);
  await cli.out.fields([
    ['File', `${file} (${size} bytes)`],
    ['Checksum', checksum],
    ...(scored.target === null ? [] : ([['Target', scored.target]] as const)),
    ['Winner', model],
    ['Loss', number(loss)],
    ...(distance === null ? [] : ([['Distance', number(distance)]] as const)),
    ...(threshold === null
      ? []
      : ([['Threshold', `${number(threshold)}: ${hit ? 'a hit' : 'too far away'}`]] as const)),
    ...(losses === null || losses.length < 2
      ? []
      : losses.map((each) => [`  ${each.model}`, number(each.loss)] as const)),
    ['Computed by', `${engine}, ${(ms / 1000).toFixed(1)} s`],
  ]);
};
