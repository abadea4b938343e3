import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT, meaningOf } from '../src/exit-codes.js';

const root = new URL('../../../', import.meta.url);
const LOADED = 'core crypto bcs protocol rpc tx-builders sdk ledger localnet scoring flock tinker'.split(' ');

/** Faults inside of a program, which no setting and no other command line cures; and codes that say it otherwise. */
const OTHER = new Set(
  `ABORTED UNKNOWN HTTP_STATUS HASHER_FINISHED
   CHECKPOINT_KEYS CHECKPOINT_MISMATCH LEDGER_INVARIANT STORE_MISMATCH LOCALNET_NOT_STARTED LOCALNET_STOPPED
   ENGINE_CRASHED ENGINE_FAILED JOB_FAILED JOB_NOT_FOUND LIMIT_EXCEEDED SCORER_CLOSED SAFETENSORS_INVALID
   FLOCK_API_ERROR FLOCK_BAD_JOURNAL FLOCK_NO_TRAINING_SET
   TINKER_PROTOBUF TINKER_REQUEST_FAILED TINKER_TRACE_FAILED`.split(/\s+/),
);

/** The names that a file adds to `ErrorContexts`. */
const codesIn = (text: string): string[] =>
  text
    .split('interface ErrorContexts {')
    .slice(1)
    .flatMap((rest) => {
      const found: string[] = [];
      let depth = 0;
      for (const line of rest.split('\n')) {
        const code = /^\s*([A-Z][A-Z0-9_]+):/.exec(line)?.[1];
        if (depth === 0 && code !== undefined) found.push(code);
        depth += line.split('{').length - line.split('}').length;
        if (depth < 0) break;
      }
      return found;
    });

const codesOf = (folder: string): string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => codesIn(readFileSync(new URL(`${folder}/${file}`, root), 'utf8')));

describe('exit statuses', () => {
  it('are decided for every error code of the packages that the program loads', () => {
    const codes = [...LOADED.map((name) => `packages/${name}/src`), 'apps/cli/src'].flatMap(codesOf);
    expect(codes).toContain('TRANSACTION_REFUSED');
    const undecided = codes.filter((code) => meaningOf(code) === undefined && !OTHER.has(code));
    expect(undecided).toEqual([]);
  });

  it('tell what was refused before it cost anything from what failed on the chain', () => {
    expect(meaningOf('PREFLIGHT_FAILED')).toBe(EXIT.refused);
    expect(meaningOf('TRANSACTION_REFUSED')).toBe(EXIT.refused);
    expect(meaningOf('CLI_WOULD_FAIL')).toBe(EXIT.refused);
    expect(meaningOf('TRANSACTION_FAILED')).toBe(EXIT.failedOnChain);
    expect(meaningOf('OUTCOME_UNKNOWN')).toBe(EXIT.unknownOutcome);
  });

  it('go by the full name before a beginning', () => {
    expect(meaningOf('INVALID_SIGNATURE')).toBe(EXIT.refused);
    expect(meaningOf('INVALID_ADDRESS')).toBe(EXIT.usage);
    expect(meaningOf('KEYSTORE_ALIAS_TAKEN')).toBe(EXIT.refused);
    expect(meaningOf('KEYSTORE_WRONG_PASSWORD')).toBe(EXIT.config);
  });
});
