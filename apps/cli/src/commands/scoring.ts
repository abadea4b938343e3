import { type Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { count, list, positive, seconds } from '../options.js';
import { WEIGHT_KEY_HELP, type WeightKeyOptions, weightKeyOptions } from '../publish/weight-key.js';
import type { ScoreFlags } from '../scoring/score.js';
import type { ServeFlags } from '../scoring/serve.js';
import { networkOptions } from '../soma/session.js';

interface HealthFlags {
  readonly scoringUrl?: string;
  readonly timeout?: number;
}

const SCORING_URL = 'http://127.0.0.1:9124';

/** Options of the engine, which several commands start. */
const engineOptions = (command: Command): Command =>
  command
    .option('--model-size <name>', 'size of the models: v1, small, or a JSON object (default: v1)')
    .addOption(new Option('--small-model').implies({ modelSize: 'small' }).hideHelp())
    .option('--device <name>', 'auto, cpu, cuda or webgpu', 'auto')
    .option('--cache-dir <folder>', 'where weights and data are kept (default: ~/.cache/somakit/scoring)')
    .addOption(new Option('--data-dir <folder>').hideHelp())
    .option('--threads <n>', 'threads of the engine (default: one for each core)', positive);

export const build = (group: Command, cli: Cli): void => {
  engineOptions(group.command('serve'))
    .description('serve scoring to miners and validators; Ctrl-C stops it when the running calls are answered')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port (0: a free one)', count, 9124)
    .option('--cache-budget <bytes>', 'most bytes of the cache', positive)
    .option('--memory-budget <bytes>', "most memory for open models (default: half of the machine's)", positive)
    .option('--max-requests <n>', 'requests at once, the waiting ones included', positive, 64)
    .option('--request-timeout <span>', 'limit of one request', seconds, 1800)
    .option('--drain-timeout <span>', 'how long a stop waits for running calls', seconds, 60)
    .option('--allow-private', 'fetch from loopback and private addresses too, as a local network needs')
    .addHelpText(
      'after',
      `
With --json a line tells when it is ready, one more each call. /metrics, /healthz and /readyz are on the same port.

Examples:
  somakit scoring serve --host 0.0.0.0
  somakit scoring serve --model-size small --device cpu --allow-private`,
    )
    .action(async (flags: ServeFlags) => {
      const { runServe } = await import('../scoring/serve.js');
      await runServe(cli, flags);
    });

  weightKeyOptions(networkOptions(engineOptions(group.command('score'))))
    .description('score a file: for a target of the network, or with weights of this machine')
    .argument('<file>', 'the data, any bytes up to 1 MiB')
    .option('--target <id>', 'with the models of this target, as validators do; any: one that the data hits')
    .option('--local', 'compute on this machine instead of asking the scoring service (for --target)')
    .option('--model <weights>', 'with this weight file; may come several times', list, [])
    .option('--target-embedding <values>', 'with --model: numbers or @file, to measure the distance to')
    .option('-o, --output <file>', 'write the result to this file as JSON too: target submit --scores takes it')
    .addHelpText(
      'after',
      `
Encrypted weights: ${WEIGHT_KEY_HELP}

Examples:
  somakit scoring score data.txt --target 0x…
  somakit scoring score data.txt --target any -o scores.json
  somakit scoring score data.txt --model model.safetensors --model-size small --json`,
    )
    .action(async (file: string, flags: ScoreFlags & WeightKeyOptions) => {
      if ((flags.target === undefined) === (flags.model.length === 0)) {
        throw usageError('Give one of --target and --model.', 'A target has its models on the network.');
      }
      const { runScore } = await import('../scoring/score.js');
      await runScore(cli, file, flags);
    });

  group
    .command('health')
    .description('ask a scoring service whether it is there')
    .option('--scoring-url <url>', `the service (default: ${SCORING_URL})`)
    .option('--timeout <seconds>', 'limit of the call', positive)
    .addHelpText('after', '\nExample:\n  somakit scoring health --scoring-url http://127.0.0.1:9124')
    .action(async ({ scoringUrl = SCORING_URL, timeout = 10 }: HealthFlags) => {
      const { createScoring } = await import('@somakit/rpc');
      const scoring = createScoring({ url: scoringUrl });
      try {
        const started = performance.now();
        const ok = await scoring.health({ signal: cli.signal, timeoutMs: timeout * 1000 });
        const ms = Math.round(performance.now() - started);
        if (!ok) cli.exitWith(5);
        if (cli.out.json) return cli.out.object('scoring.health/1', { url: scoringUrl, ok, ms });
        cli.out.line(ok ? `${scoringUrl} answers (${ms} ms).` : `${scoringUrl} answers, but cannot score.`);
      } finally {
        scoring.close();
      }
    });
};
