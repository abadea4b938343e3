import { describe, expect, it } from 'vitest';
import { readOptions, usage } from '../src/options.js';

describe('the options of scoring-worker', () => {
  it.each([
    [['--port', 'x']],
    [['--port', '70000']],
    [['--device', 'npu']],
    [['--config', 'large']],
    [['--queue', 'http://host']],
    [['--no-serve']],
    [['--nonsense']],
    [['positional']],
    [['--log-level', 'loud']],
  ])('refuse %j', (args) => {
    expect(() => readOptions(args, {})).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('take flags before the environment before defaults', () => {
    const environment = {
      SOMAKIT_SCORING_PORT: '1',
      SOMAKIT_SCORING_DEVICE: 'cpu',
      SOMAKIT_SCORING_ALLOW_PRIVATE: 'true',
    };
    expect(readOptions(['--port', '2'], environment)).toMatchObject({
      port: 2,
      device: 'cpu',
      allowPrivate: true,
      host: '0.0.0.0',
      config: 'v1',
      serve: true,
    });
  });

  it('do not repeat the URL of a queue, which may hold a password', () => {
    expect(() => readOptions(['--queue', 'https://u:secret@host'], {})).not.toThrow(/secret/);
    expect(() => readOptions(['--queue', 'https://u:secret@host'], {})).toThrow('--queue');
  });

  it('are all in the help', () => {
    for (const flag of ['--queue', '--allow-private', '--cache-dir']) expect(usage()).toContain(flag);
  });
});
