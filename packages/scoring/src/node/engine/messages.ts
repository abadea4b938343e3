import { type ErrorCode, type ErrorContexts, isError, SomaKitError } from '@somakit/core';
import type { ModelOutcome, ModelWork, OpenModel, ScreenFileOrder } from './engine.js';
import type { EngineOptions } from './local-engine.js';
import type { ScreenFile } from './screen-file.js';

/** What the engine's thread is asked, by kind, and what it answers. */
export interface EngineCalls {
  start: {
    readonly ask: EngineOptions;
    readonly answer: { readonly device: 'cpu' | 'cuda' | 'webgpu'; readonly version: string };
  };
  open: { readonly ask: OpenModel; readonly answer: number };
  run: {
    /** `stop[0]` is set from outside to end the run behind the sequence it is at. */
    readonly ask: { readonly session: number; readonly work: ModelWork; readonly stop: Int32Array };
    readonly answer: ModelOutcome;
  };
  close: { readonly ask: number; readonly answer: undefined };
  screenFile: { readonly ask: ScreenFileOrder; readonly answer: ScreenFile | undefined };
  /** Closes everything, after which the thread ends by itself. */
  stop: { readonly ask: undefined; readonly answer: undefined };
}

export type EngineCallKind = keyof EngineCalls;

/** A question to the thread. */
export type EngineRequest = {
  readonly [K in EngineCallKind]: { readonly id: number; readonly kind: K; readonly ask: EngineCalls[K]['ask'] };
}[EngineCallKind];

/** What comes from the thread. */
export type EngineReply =
  | { readonly id: number; readonly kind: 'answer'; readonly answer: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly error: PackedError }
  | { readonly id: number; readonly kind: 'sequence' };

/** An error as data: between threads classes do not survive. */
export interface PackedError {
  readonly code: string | undefined;
  readonly message: string;
  readonly context: unknown;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly cause: PackedError | undefined;
}

export const packError = (error: unknown): PackedError => {
  const cause = error instanceof Error && error.cause !== undefined ? packError(error.cause) : undefined;
  if (isError(error)) {
    const { code, message, context, hint, retryable } = error;
    return { code, message, context, hint, retryable, cause };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: undefined, message, context: undefined, hint: undefined, retryable: false, cause };
};

export const unpackError = ({ code, message, context, hint, retryable, cause }: PackedError): Error => {
  const inner = cause === undefined ? undefined : unpackError(cause);
  if (code === undefined) return new Error(message, { cause: inner });
  return new SomaKitError(code as ErrorCode, message, {
    context: context as ErrorContexts[ErrorCode],
    hint,
    retryable,
    cause: inner,
  });
};
