import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWeights } from '@somakit/demo/weights';
import { createSomaClient } from '@somakit/sdk';
import { describe, expect, it } from 'vitest';
import { start } from './support/running.js';
import { scratch, somakit } from './support/somakit.js';
import { KEYS, terminal } from './support/terminal.js';

interface Score {
  readonly model: string;
  readonly loss: number;
  readonly distance: number | null;
  readonly hit: boolean | null;
  readonly embedding: readonly number[];
}

describe('somakit scoring', () => {
  it('says network for a service that is not there', async () => {
    const done = await somakit(['scoring', 'health', '--scoring-url', 'http://127.0.0.1:1', '--timeout', '5']);
    expect(done.code).toBe(4);
  });

  it('wants one of a target and a model, and knows its sizes and devices', async () => {
    const cwd = scratch();
    writeFileSync(join(cwd, 'data'), 'x');
    const args = ['scoring', 'score', 'data'];
    expect(await somakit(args, { cwd })).toMatchObject({ code: 2 });
    expect(await somakit([...args, '--model', 'm', '--model-size', 'huge'], { cwd })).toMatchObject({ code: 2 });
    expect(await somakit([...args, '--model', 'm', '--device', 'abacus'], { cwd })).toMatchObject({ code: 2 });
    expect(await somakit(['scoring', 'score', 'nothing', '--model', 'm'], { cwd })).toMatchObject({ code: 2 });
  });

  it('scores with weight files, and tells the same as JSON, as text and as a file', async () => {
    const cwd = scratch();
    writeFileSync(join(cwd, 'data.txt'), 'some data to be scored '.repeat(20));
    writeFileSync(join(cwd, 'a.safetensors'), makeWeights(1n));
    writeFileSync(join(cwd, 'b.safetensors'), makeWeights(1_000_000n));
    const models = ['--model', 'a.safetensors', '--model', 'b.safetensors', '--model-size', 'small'];
    const args = ['scoring', 'score', 'data.txt', ...models, '--device', 'cpu'];
    const done = await somakit([...args, '--json', '-o', 'score.json'], { cwd });
    expect(done).toMatchObject({ code: 0 });
    const [score] = done.json<Score & { losses: { loss: number }[] }>();
    expect(score).toMatchObject({ distance: null, hit: null, target: null, size: 460 });
    expect(score?.embedding).toHaveLength(16);
    expect(score?.loss).toBe(Math.min(...(score?.losses.map(({ loss }) => loss) ?? [])));
    expect(JSON.parse(readFileSync(join(cwd, 'score.json'), 'utf8'))).toEqual(score);
    const shown = await somakit(args, { cwd });
    expect(shown.stdout).toContain(score?.loss.toFixed(6));
  });

  it('scores for a target of a network: by its service, and on this machine, with equal results', async () => {
    const running = start(['localnet', 'start', '--free-ports']);
    const { rpc_url: rpc, scoring_url: service } = await running.line<Record<string, string>>('localnet.ready/1');
    const client = createSomaClient({ rpcUrl: rpc! });
    const { targets } = await client.listTargets({ limit: 1 });
    client.close();
    const cwd = scratch();
    writeFileSync(join(cwd, 'data.txt'), 'some data to be scored '.repeat(20));
    const args = ['scoring', 'score', 'data.txt', '--target', targets[0]!.id, '--rpc', rpc!, '--json'];
    const health = await somakit(['scoring', 'health', '--scoring-url', service!, '--json']);
    expect(health.json()[0]).toMatchObject({ ok: true, url: service });
    const asked = await somakit([...args, '--scoring-url', service!], { cwd });
    expect(asked).toMatchObject({ code: 0 });
    const here = await somakit([...args, '--local', '--device', 'cpu', '--cache-dir', 'cache'], { cwd });
    expect(here).toMatchObject({ code: 0 });
    const [a] = asked.json<Score>();
    const [b] = here.json<Score>();
    for (const key of ['model', 'loss', 'distance', 'hit', 'embedding', 'target'] as const) {
      expect(b?.[key as keyof Score]).toEqual(a?.[key as keyof Score]);
    }
    expect(targets[0]?.modelIds).toContain(a?.model);
    expect(await running.end()).toBe(130);
  });

  it('serves until Ctrl-C, and tells of each call', async () => {
    const args = ['scoring', 'serve', '--port', '0', '--model-size', 'small', '--device', 'cpu', '--cache-dir', 'c'];
    const running = start(args);
    const { url } = await running.line<{ url: string }>('scoring.ready/1');
    await somakit(['scoring', 'health', '--scoring-url', url]);
    expect(await running.line('scoring.call/1')).toMatchObject({ method: 'Health', code: 'OK' });
    const again = await somakit(['scoring', 'serve', '--port', new URL(url).port, '--model-size', 'small']);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('PORT_IN_USE');
    expect(await running.end()).toBe(130);
    expect(running.lines().at(-1)).toEqual({ schema: 'scoring.stopped/1' });
    const screen = terminal(args);
    await screen.waitFor('Ready. Ctrl-C stops it.');
    screen.write(KEYS.ctrlC);
    expect(await screen.ended()).toBe(130);
  });
});
