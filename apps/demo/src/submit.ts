import { isError, type ObjectId, SomaKitError } from '@somakit/core';
import { cosineDistance } from '@somakit/scoring';
import { commitment, type TargetView } from '@somakit/sdk';
import type { InputFile } from './files.js';
import { expectEqual, type Run, type Wallet } from './run.js';
import type { DemoSubmission } from './types.js';

/** An open target in reach, of a model's. */
const findHit = (
  open: ReadonlyMap<ObjectId, TargetView>,
  embedding: Float32Array,
  modelId: ObjectId,
): TargetView | undefined => {
  for (const target of open.values()) {
    if (!target.modelIds.includes(modelId)) continue;
    if (cosineDistance(embedding, target.embedding) <= target.distanceThreshold) return target;
  }
  return undefined;
};

/** Somebody else was faster, or the epoch is over. */
const lost = (error: unknown): boolean =>
  isError(error, 'PREFLIGHT_FAILED') &&
  ['TargetNotOpen', 'TargetExpired', 'TargetNotFound'].includes(error.context.failure.kind);

/** Scores files and submits each to the first open target that it hits. */
export const submitHits = async (
  run: Run,
  submitter: Wallet,
  parameters: {
    readonly inputs: readonly InputFile[];
    /** Where everyone can download a file. */
    readonly urlOf: (file: InputFile) => Promise<string>;
    readonly progress: (done: number, total: number) => void;
  },
): Promise<{
  readonly submissions: readonly (DemoSubmission & { readonly target: TargetView })[];
  readonly misses: readonly string[];
}> => {
  const { signal } = run;
  const { client } = submitter;
  const { inputs, urlOf, progress } = parameters;
  const open = new Map<ObjectId, TargetView>();
  for await (const target of client.targets({ status: 'open', signal })) open.set(target.id, target);
  if (open.size === 0) {
    throw new SomaKitError('DEMO_CHECK_FAILED', 'There are no open targets.', {
      context: { what: 'open targets', expected: 'some', received: 'none' },
      hint: 'Targets are made when an epoch begins, and only while there are active models.',
    });
  }
  const submissions: (DemoSubmission & { readonly target: TargetView })[] = [];
  const misses: string[] = [];

  const submit = async (file: InputFile): Promise<boolean> => {
    const dataUrl = await urlOf(file);
    const scoreWith = async (target: TargetView) => {
      const models = await client.getModelManifests(target, { signal });
      const { bytes: data } = file;
      const result = await client.score({ dataUrl, data, models, targetEmbedding: target.embedding, signal });
      return { ...result, modelId: models[result.winner]!.modelId };
    };
    for (;;) {
      const first = open.values().next().value;
      if (first === undefined) return false;
      const trial = await scoreWith(first);
      const target = findHit(open, trial.embedding, trial.modelId);
      if (target === undefined) return false;
      // A target of other models may have another winner: what counts is the score with its own.
      const { modelId, embedding, distance, lossScore } = target === first ? trial : await scoreWith(target);
      open.delete(target.id);
      const distanceScore = distance[0]!;
      if (distanceScore > target.distanceThreshold) continue;
      try {
        const { bond } = await client.submitData({
          targetId: target.id,
          data: file.bytes,
          dataUrl,
          modelId,
          embedding,
          distanceScore,
          lossScore,
          signal,
          onResult: run.note(submitter, `submit ${file.name}`),
        });
        submissions.push({
          target,
          file: file.name,
          bytes: file.bytes.length,
          targetId: target.id,
          modelId,
          distance: distanceScore,
          loss: lossScore[0]!,
          reward: target.rewardPool,
          bond,
        });
      } catch (error) {
        if (lost(error)) continue;
        throw error;
      }
      const fetched = await client.fetchSubmissionData({ targetId: target.id, signal });
      expectEqual('the checksum of the data that the node passes on', commitment(file.bytes), commitment(fetched));
      return true;
    }
  };

  for (const [index, file] of inputs.entries()) {
    progress(index, inputs.length);
    if (!(await submit(file))) misses.push(file.name);
  }
  progress(inputs.length, inputs.length);
  if (submissions.length === 0) {
    throw new SomaKitError('DEMO_CHECK_FAILED', 'No file hit a target.', {
      context: { what: 'submissions', expected: 'one or more', received: '0' },
      hint: 'Give other files with --data FOLDER.',
    });
  }
  return { submissions, misses };
};
