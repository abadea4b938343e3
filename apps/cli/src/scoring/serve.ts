import { type ScoringCall, serveScoring } from '@somakit/scoring';
import type { Cli } from '../cli.js';
import { type EngineFlags, engineOf } from './engine.js';

/** What `somakit scoring serve` was told. */
export interface ServeFlags extends EngineFlags {
  readonly host: string;
  readonly port: number;
  readonly cacheBudget?: number;
  readonly memoryBudget?: number;
  readonly maxRequests: number;
  /** Seconds. */
  readonly requestTimeout: number;
  readonly drainTimeout: number;
  readonly allowPrivate?: boolean;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Serves until it is stopped, and answers what it has begun. */
export const runServe = async (cli: Cli, flags: ServeFlags): Promise<void> => {
  const { out, signal } = cli;
  const tell = ({ method, code, ms, peer, message }: ScoringCall) => {
    if (out.json) {
      return out.object('scoring.call/1', { method, code, ms: Math.round(ms), peer: peer ?? null, message });
    }
    const time = new Date().toISOString().slice(11, 19);
    out.line(`${time}  ${method.padEnd(6)}  ${code}  ${Math.round(ms)} ms  ${message}`.trimEnd());
  };
  out.note('Starts the scoring engine.');
  const service = await serveScoring({
    ...engineOf(flags),
    host: flags.host,
    port: flags.port,
    cacheBudgetBytes: flags.cacheBudget,
    memoryBudgetBytes: flags.memoryBudget,
    maxRequests: flags.maxRequests,
    requestTimeoutMs: flags.requestTimeout * 1000,
    urlPolicy: { allowPrivate: flags.allowPrivate },
    onCall: tell,
  });
  try {
    if (!signal.aborted) {
      const { url, scorer } = service;
      if (out.json) out.object('scoring.ready/1', { url, device: scorer.device, engine: scorer.engine });
      else {
        await out.fields([
          ['Scoring', url],
          ['Device', scorer.device],
          ['Engine', scorer.engine],
        ]);
        out.note('Ready. Ctrl-C stops it.');
      }
    }
    await aborted(signal);
    out.note('Answers what has begun, and stops.');
  } finally {
    await service.drain({ timeoutMs: flags.drainTimeout * 1000 });
  }
  if (out.json) out.object('scoring.stopped/1', {});
};
