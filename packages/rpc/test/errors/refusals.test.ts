import { Code } from '@connectrpc/connect';
import { isError, SomaKitError } from '@somakit/core';
import { refusalText } from '@somakit/protocol';
import { describe, expect, it } from 'vitest';
import { effectsFromProto } from '../../src/convert/index.js';
import { rpcError, submissionRefused } from '../../src/errors/map.js';
import { parseRefusal } from '../../src/errors/refusal.js';
import type { ExecuteTransactionResponse } from '../../src/proto/index.js';
import { errorOf, marketCalls, refusalCalls, replyOf } from '../support/recordings.js';

const method = 'soma.rpc.TransactionExecutionService/ExecuteTransaction';
const executed = refusalCalls.filter(({ path }) => path.endsWith('ExecuteTransaction'));
const refused = executed.filter(({ code, message }) => code !== 'OK' && parseRefusal(message ?? '') !== undefined);
const invalid = executed.filter(({ code, message }) => code !== 'OK' && parseRefusal(message ?? '') === undefined);

describe('recorded refusals of a node', () => {
  it('are told apart from malformed requests', () => {
    expect([refused.length, invalid.length]).toEqual([31, 13]);
  });

  it.each(refused)('$case: the words give the reason, and the reason the words', (recording) => {
    const parsed = parseRefusal(recording.message!)!;
    expect(parsed.reason.kind).not.toBe('Unknown');
    expect(refusalText(parsed.reason)).toBe(parsed.text);
    expect(recording.message).toContain(parsed.text);
  });

  it.each(refused)('$case: becomes TRANSACTION_REFUSED with its digest', (recording) => {
    const digest = '4Nd1mYw6CmR6CWTFZrYFPZxUTVGB3DGUbuWhKDzh5fxm' as never;
    const error = submissionRefused(rpcError(errorOf(recording), { method, url: 'http://node', digest }))!;
    expect(error).toBeInstanceOf(SomaKitError);
    expect(error.context.digest).toBe(digest);
    expect(error.retryable).toBe(false);
    expect(error.context.category === 'lockConflict').toBe(recording.code === 'FAILED_PRECONDITION');
  });

  it.each(invalid)('$case: is a request that must be mended', (recording) => {
    const error = rpcError(errorOf(recording), { method, url: 'http://node' });
    expect(isError(error, 'RPC_INVALID_REQUEST')).toBe(true);
    expect(submissionRefused(error)).toBeUndefined();
  });

  it('reads the answers of those that went through', () => {
    const fine = executed.filter(({ code }) => code === 'OK');
    expect(fine.length).toBeGreaterThan(8);
    for (const recording of fine) {
      const { transaction } = replyOf(recording) as ExecuteTransactionResponse;
      expect(effectsFromProto(transaction!.effects!).status.kind).toBe('Success');
    }
  });

  it('keeps words that it does not know', () => {
    const message =
      'Transaction is rejected as invalid by more than 1/3 of validators by stake (non-retriable). Non-retriable errors: [Something new { k#8c66dc2c.. } with 10000 stake].';
    expect(parseRefusal(message)).toEqual({
      reason: { kind: 'Unknown', message: 'Something new' },
      text: 'Something new',
      frame: 'validators',
    });
  });
});

describe('recorded errors of reads', () => {
  const failed = marketCalls.filter(({ code, reply }) => reply === undefined && code !== undefined);
  const codes: Record<string, string> = {
    NOT_FOUND: 'RPC_NOT_FOUND',
    INVALID_ARGUMENT: 'RPC_INVALID_REQUEST',
    CANCELLED: 'RPC_RESET',
  };

  it('are there', () => expect(failed.length).toBeGreaterThan(15));

  it.each(failed)('$case: has its code, words and field', (recording) => {
    const error = rpcError(errorOf(recording), { method: recording.path.slice(1), url: 'http://node' });
    if (!isError(error)) throw error;
    expect(error.code).toBe(codes[recording.code!]);
    const context = error.context as { text: string; violations: { field: string; reason: string }[]; sent: boolean };
    expect(context.text).toBe(recording.message);
    if (recording.code === 'INVALID_ARGUMENT') {
      expect(context.violations).toHaveLength(1);
      expect(['FIELD_INVALID', 'FIELD_MISSING']).toContain(context.violations[0]!.reason);
    }
    expect(error.retryable).toBe(false);
  });
});

describe('recorded errors of the scoring service', () => {
  const failed = refusalCalls.filter(
    ({ path, code }) => path.endsWith('/Score') && code !== undefined && code !== null,
  );

  it.each(failed)('$case: keeps the words', (recording) => {
    const error = rpcError(errorOf(recording), { method: 'scoring.Scoring/Score', url: 'http://scorer' });
    if (!isError(error)) throw error;
    expect(error.code).toBe(recording.code === 'INTERNAL' ? 'RPC_FAILED' : 'RPC_INVALID_REQUEST');
    expect(error.message).toContain(recording.message);
  });

  it('has a number for every status', () => expect(Code.Unauthenticated).toBe(16));
});
