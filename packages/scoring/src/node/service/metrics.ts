import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ScorerEvent } from '../types.js';

/** What the metrics read when they are asked. */
export interface MetricSources {
  readonly inFlight: () => number;
  readonly openModels: () => number;
  readonly openModelBytes: () => number;
  readonly waiting: () => number;
}

/** The service's numbers for Prometheus. */
export interface ScoringMetrics {
  readonly contentType: string;
  text(): Promise<string>;
  onCall(method: string, code: string, seconds: number): void;
  onScorerEvent(event: ScorerEvent): void;
}

export const createMetrics = (sources: MetricSources): ScoringMetrics => {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `somakit_scoring_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `somakit_scoring_${name}`, help, labelNames, registers });
  gauge('in_flight', 'Score requests that are being worked on.', sources.inFlight);
  gauge('engine_queue', 'Models that wait for the engine.', sources.waiting);
  gauge('open_models', 'Models held open by the engine.', sources.openModels);
  gauge('open_model_bytes', 'Memory of the open models.', sources.openModelBytes);
  const calls = counter('calls_total', 'Finished calls by method and status.', ['method', 'code']);
  const seconds = new Histogram({
    name: 'somakit_scoring_score_seconds',
    help: 'Time of score calls that succeeded.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    registers,
  });
  const cache = counter('cache_total', 'Look-ups and evictions of the blob cache.', ['event']);
  const sessions = counter('sessions_total', 'Models opened and closed.', ['event']);
  const sequences = counter('sequences_total', 'Sequences that models ran over.', []);
  const engine = counter('engine_seconds_total', 'Time that models ran.', []);
  const crashes = counter('engine_crashes_total', "Times that the engine's thread ended by itself.", []);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    onCall(method, code, time) {
      calls.inc({ method, code });
      if (method === 'Score' && code === 'OK') seconds.observe(time);
    },
    onScorerEvent(event) {
      if (event.kind === 'cache') cache.inc({ event: event.event });
      else if (event.kind === 'session') sessions.inc({ event: event.event });
      else if (event.kind === 'engine') crashes.inc();
      else {
        sequences.inc(event.sequences);
        engine.inc(event.ms / 1000);
      }
    },
  };
};
