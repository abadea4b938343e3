import type { Output } from './output.js';

/** What the frame gives to every command. */
export interface Cli {
  readonly out: Output;
  /** Ends on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Sets the exit status of a command that has printed its result all the same. */
  exitWith(code: number): void;
}
