import type { createTools } from './tools.mjs';

type Tools = ReturnType<typeof createTools>;

/** One row of the table. A file `NAME.bench.mjs` exports an array of them as `benches`. */
// biome-ignore lint/suspicious/noExplicitAny: rows of one array have contexts of different types
export interface Bench<Context = any> {
  readonly name: string;
  /** Of ours and the peer's number: `calls/s`, `MB/s`, `ms`, `MB`. */
  readonly unit: string;
  /** Shown beside the result, never asserted. `ratio` is ours to the peer's. */
  readonly goal?: { readonly ratio: number } | { readonly atMost: number } | { readonly atLeast: number };
  /** For times and sizes. The best of the rounds is then the smallest. */
  readonly smallerIsBetter?: boolean;
  /** How often ours and the peer take turns; 3 when left out. */
  readonly rounds?: number;
  /** Makes what both need; not measured. */
  readonly prepare?: (tools: Tools) => Context | Promise<Context>;
  /** Measures once and gives the number. */
  readonly ours: (tools: Tools, context: Context) => number | Promise<number>;
  readonly peerName?: string;
  /** The same for the original; undefined where it is not installed. */
  readonly peer?: (tools: Tools, context: Context) => number | undefined | Promise<number | undefined>;
}
