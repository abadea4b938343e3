import captures from '@somakit/vectors/tinker-captures.json';
import { closeServers, json, serve } from '@somakit/vitest-config/http-server';
import { afterEach, describe, expect, it } from 'vitest';
import { createTinkerClient } from '../src/index.js';
import {
  type ForwardBackwardOutput,
  openSession,
  type TinkerSession,
  type TrainingClient,
} from '../src/training/index.js';
import { mergeOutputs } from '../src/training/messages.js';
import { readFields } from '../src/training/protobuf.js';
import { PREFIX, type RecordedResponse, replay } from './support/replay.js';

interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body?: unknown;
    readonly bodyBase64?: string;
  };
  readonly response: RecordedResponse;
}
interface Step {
  readonly step: string;
  readonly outcome: {
    readonly type?: string;
    readonly value?: unknown;
    readonly error?: { request_id: string; category: string };
  };
  readonly exchanges: readonly Exchange[];
}

const steps = captures.trainingWire as readonly Step[];
const isBoot = ({ request }: Exchange): boolean => request.path.includes('/client/');

afterEach(closeServers);

/** The fields of a message without the order of maps, which is no part of its meaning. */
const unordered = (bytes: Uint8Array, maps: readonly number[]): unknown[] => {
  const fields = [...readFields(bytes)].map(({ number, int, bytes: value }) => {
    const inner = number === 3 && maps.includes(3) ? unordered(value, [2]) : Buffer.from(value).toString('hex');
    return [number, String(int), inner];
  });
  const sorted = fields
    .filter(([number]) => maps.includes(number as number) && number !== 3)
    .map((each) => JSON.stringify(each));
  return [fields.filter(([number]) => !maps.includes(number as number) || number === 3), sorted.sort()];
};

describe('the recorded training and sampling session', () => {
  it('runs from end to end with equal requests and results', async () => {
    const exchanges = steps.flatMap((step) => step.exchanges.filter((each) => !isBoot(each)));
    const { client, calls, clock } = await replay(exchanges.map(({ response }) => response));
    const datum = { modelInput: [1, 2, 3], lossFnInputs: { target_tokens: [2, 3, 4], weights: [0, 1, 1] } };
    const queue: (readonly [string, string | null])[] = [];
    let session: TinkerSession | undefined;
    let training: TrainingClient | undefined;
    const run: Record<string, () => Promise<unknown>> = {
      create_lora_training_client: async () => {
        session = await openSession({ client });
        training = await session.createLoraTrainingClient({
          baseModel: 'Qwen/Qwen3-8B',
          rank: 8,
          seed: 1,
          onQueue: ({ state, reason }) => queue.push([state, reason]),
        });
        return training.info;
      },
      forward_backward: () =>
        training!.forwardBackward({
          data: [datum],
          lossFn: 'cross_entropy',
          onQueue: ({ state, reason }) => queue.push([state, reason]),
        }),
      forward: () =>
        training!.forward({ data: [datum], lossFn: 'ppo', lossFnConfig: { clip_low_threshold: 0.8, mode: 'x' } }),
      optim_step: () => training!.optimStep({ adamParams: { learningRate: 1e-4 } }),
      save_state: () => training!.saveState({ name: 'ck1', ttlSeconds: 3600 }),
      save_weights_for_sampler: () => training!.saveWeightsForSampler({ name: 's1' }),
      create_sampling_client: async () => {
        const path = 'tinker://5f0c8f0e-2b55-4a0e-9d67-0f5f5bb9a001:train:0/sampler_weights/s1';
        const sampling = await session!.createSamplingClient({ modelPath: path });
        run.sample = () =>
          sampling.sample({
            prompt: [1, 2, 3],
            includePromptLogprobs: true,
            samplingParams: { maxTokens: 2, stop: ['\n'], temperature: 0.5 },
            onRetry: ({ delayMs }) => clock.jump(delayMs),
          });
        return sampling.baseModel;
      },
      close: () => session!.close(),
    };
    const results: Record<string, unknown> = {};
    for (const { step, outcome } of steps) {
      const name = step.split(/[( ]/)[0]!;
      const result = run[name]!();
      if (outcome.error === undefined) results[step] = await result;
      else {
        const { request_id: requestId, category } = outcome.error;
        await expect(result).rejects.toMatchObject({
          code: 'TINKER_REQUEST_FAILED',
          context: { requestId, category, serverMessage: 'unknown param' },
        });
      }
    }

    const sent = calls();
    expect(sent).toHaveLength(exchanges.length);
    const bodies = await Promise.resolve(sent);
    for (const [i, { request }] of exchanges.entries()) {
      const { method, url, headers, body } = bodies[i]!;
      expect(`${method} ${url}`).toBe(`${request.method} ${PREFIX}${request.path}`);
      for (const [name, value] of Object.entries(request.headers)) {
        if (value.startsWith('<') || value.includes('<')) expect(headers[name]).toBeDefined();
        else expect([request.path, name, headers[name]]).toEqual([request.path, name, value]);
      }
      if (request.body !== undefined) expect(JSON.parse(body)).toEqual(request.body);
    }
    expect(queue).toEqual([
      ['paused_capacity', 'warming up'],
      ['active', null],
    ]);

    const value = (start: string) => Object.entries(results).find(([step]) => step.startsWith(start))?.[1];
    expect(value('create_lora')).toMatchObject({ loraRank: 8, modelData: { tokenizerId: 'Qwen/Qwen3-8B' } });
    expect(value('forward_backward')).toEqual({
      lossFnOutputType: 'ArrayRecord',
      metrics: { 'loss:sum': 3.75 },
      lossFnOutputs: [{ logprobs: { dtype: 'float32', shape: [3], data: [-0.5, -1.25, -2] } }],
    });
    expect(value('optim_step')).toEqual({ metrics: { 'unclipped_grad_l2:mean': 0.5 } });
    expect(value('save_state')).toMatch(/weights\/ck1$/);
    expect(value('save_weights_for_sampler')).toMatch(/sampler_weights\/s1$/);
    expect(value('create_sampling')).toBe('Qwen/Qwen3-8B');
    expect(value('sample')).toEqual({
      promptLogprobs: [null, -0.75, -1.5],
      promptCacheHitTokens: 2,
      sequences: [
        {
          stopReason: 'length',
          sequenceId: 'seq-0',
          tokens: [11, 12],
          logprobs: [-0.10000000149011612, -0.20000000298023224],
        },
      ],
    });
    expect(clock.jumped).toContain(1000);
  });

  it('has protobuf requests of the same meaning', async () => {
    const recorded = steps
      .flatMap(({ exchanges }) => exchanges)
      .filter(({ request }) => request.bodyBase64 !== undefined);
    const bodies: Uint8Array[] = [];
    const server = await serve((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        if (request.url?.endsWith('/forward_backward')) bodies.push(Buffer.concat(parts));
        if (request.url?.endsWith('/retrieve_future')) {
          const type = String(request.headers['x-tinker-request-type']);
          if (type === 'CreateModel')
            return json(response, 200, { model_id: '5f0c8f0e-2b55-4a0e-9d67-0f5f5bb9a001:train:0' });
          response.writeHead(200, { 'content-type': 'application/x-protobuf' });
          response.end();
          return;
        }
        json(response, 200, {
          session_id: 's',
          request_id: 'r',
          model_id: '5f0c8f0e-2b55-4a0e-9d67-0f5f5bb9a001:train:0',
          model_data: {},
        });
      });
    });
    const session = await openSession({
      client: createTinkerClient({ apiKey: 'tml-x', env: {}, baseUrl: server.url }),
    });
    const training = await session.createLoraTrainingClient({ baseModel: 'b' });
    const datum = { modelInput: [1, 2, 3], lossFnInputs: { target_tokens: [2, 3, 4], weights: [0, 1, 1] } };
    await training.forwardBackward({ data: [datum], lossFn: 'cross_entropy' });
    await training.forward({ data: [datum], lossFn: 'ppo', lossFnConfig: { clip_low_threshold: 0.8, mode: 'x' } });
    await session.close();
    expect(bodies.map((body) => unordered(body, [3, 5, 7]))).toEqual(
      recorded.map(({ request }) => unordered(Buffer.from(request.bodyBase64!, 'base64'), [3, 5, 7])),
    );
  });
});

describe('training', () => {
  it('sends a big batch in parts with numbers one after the other and puts the results together', async () => {
    const numbers: [number, number][] = [];
    const server = await serve((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        if (request.url?.endsWith('/forward_backward')) {
          const fields = [...readFields(Buffer.concat(parts))];
          numbers.push([
            Number(fields.find(({ number }) => number === 2)?.int),
            fields.filter(({ number }) => number === 3).length,
          ]);
          return json(response, 200, { request_id: `r${numbers.length}` });
        }
        if (request.headers['x-tinker-request-type'] === 'ForwardBackward') {
          response.writeHead(200, { 'content-type': 'application/x-protobuf' });
          response.end();
          return;
        }
        json(response, 200, { session_id: 's', request_id: 'r', model_id: 'm', model_data: {}, metrics: null });
      });
    });
    const session = await openSession({
      client: createTinkerClient({ apiKey: 'tml-x', env: {}, baseUrl: server.url }),
    });
    const training = await session.createLoraTrainingClient({ baseModel: 'b' });
    const data = Array.from({ length: 2500 }, () => ({ modelInput: [1], lossFnInputs: { target_tokens: [2] } }));
    await training.forwardBackward({ data, lossFn: 'cross_entropy' });
    await session.close();
    expect(numbers.sort(([a], [b]) => a - b)).toEqual([
      [1, 1024],
      [2, 1024],
      [3, 452],
    ]);
  });

  it('folds metrics by the reduction in their names', () => {
    const part = (metrics: Record<string, number>, rows: number): ForwardBackwardOutput => ({
      lossFnOutputType: 't',
      metrics,
      lossFnOutputs: Array(rows).fill({}),
    });
    const merged = mergeOutputs([
      part({ 'a:mean': 1, 'b:sum': 1, 'c:min': 1, 'd:max': 1, 'e:slack': 1, 'f:unique': 1, 'g:odd': 1, 'h:sum': 1 }, 1),
      part({ 'a:mean': 5, 'b:sum': 5, 'c:min': 5, 'd:max': 5, 'e:slack': 5, 'f:unique': 5, 'g:odd': 5 }, 3),
    ]);
    expect(merged.metrics).toEqual({
      'a:mean': 4,
      'b:sum': 6,
      'c:min': 1,
      'd:max': 5,
      'e:slack': 1,
      'f:unique': 1,
      'f:unique_1': 5,
    });
    expect(merged.lossFnOutputs).toHaveLength(4);
  });
});
