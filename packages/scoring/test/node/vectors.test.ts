import { afterAll, describe, expect, it } from 'vitest';
import { createScorer, type Scorer } from '../../src/index.js';
import { configOf, scoringCases } from '../vectors.js';
import { dataPath, modelPath, temporaryFolder } from './files.js';

const folder = temporaryFolder();
const scorers = new Map<string, Promise<Scorer>>();
const scorerFor = (config: string, seqLen: number, batchSize: number): Promise<Scorer> => {
  const key = `${config}/${seqLen}/${batchSize}`;
  const scorer =
    scorers.get(key) ??
    createScorer({ config: configOf(config, seqLen, batchSize), device: 'cpu', cacheDir: folder.path });
  scorers.set(key, scorer);
  return scorer;
};
afterAll(async () => {
  for (const scorer of scorers.values()) await (await scorer).close();
  folder.remove();
});

describe('scoring the recorded cases', () => {
  it.each(scoringCases.map((each) => [each.name, each] as const))(
    '%s comes out as the reference has it',
    async (_, each) => {
      const scorer = await scorerFor(each.config, each.seq_len, each.batch_size);
      const scoring = scorer.score({
        data: { path: dataPath(each.data) },
        models: each.models.map((name) => ({ path: modelPath(name) })),
        targetEmbedding: each.target_embedding ?? new Array(scorer.config.embeddingDim).fill(1),
        seed: BigInt(each.seed),
      });
      if (each.error !== undefined) {
        await expect(scoring).rejects.toMatchObject({ code: 'EMPTY_DATA' });
        return;
      }
      const result = await scoring;
      expect(result.winner).toBe(each.score.winner);
      expect(result.models).toHaveLength(each.models.length);
      for (const [i, { loss, embedding }] of result.models.entries()) {
        const expected = each.results[i];
        expect(Math.abs(loss - expected.loss) / Math.abs(expected.loss)).toBeLessThan(1e-5);
        for (const [d, value] of embedding.entries())
          expect(Math.abs(value - expected.embedding[d])).toBeLessThan(1e-5);
      }
      expect(result.lossScore[0]).toBe(result.models[result.winner]!.loss);
      expect(Math.abs(result.distance[0]! - each.score.distance[0]!)).toBeLessThan(1e-6);
    },
  );
});
