import { describe, expect, it } from 'vitest';
import { decodeIntent, encodeIntent, formatIntent, type IntentScope, intentOf, parseIntent } from '../src/index.js';
import { codeOf } from './support.js';

const prefixes: readonly [IntentScope, string][] = [
  ['TransactionData', '000001'],
  ['ConsensusBlock', '010000'],
  ['SenderSignedTransaction', '020001'],
  ['TransactionEffects', '030001'],
  ['DiscoveryPeers', '040001'],
  ['CommitSummary', '050001'],
  ['ValidatorSet', '060001'],
  ['CheckpointSummary', '070001'],
  ['ProofOfPossession', '080001'],
];

describe('an intent', () => {
  it.each(prefixes)('of %s is %s', (scope, text) => {
    expect(formatIntent(scope)).toBe(text);
    expect(parseIntent(text)).toEqual(intentOf(scope));
    expect(parseIntent(`0x${text}`)).toEqual(intentOf(scope));
    expect(decodeIntent(encodeIntent(intentOf(scope)))).toEqual(intentOf(scope));
  });

  it('can name another app than the usual one', () => {
    expect(formatIntent({ scope: 'TransactionData', version: 'V0', app: 'Consensus' })).toBe('000000');
  });

  it.each(['', '0000', '00000001', '090001', '000101', '000002', 'gg0001', '0X000001', ' 000001'])(
    'cannot be "%s"',
    (text) => {
      expect(codeOf(() => parseIntent(text))).toBe('INVALID_INTENT');
    },
  );

  it('cannot be of an unknown scope, or of other lengths than three bytes', () => {
    expect(codeOf(() => intentOf('Transaction' as IntentScope))).toBe('INVALID_INTENT');
    expect(codeOf(() => encodeIntent({ scope: 'TransactionData', version: 'V1' as 'V0', app: 'Soma' }))).toBe(
      'INVALID_INTENT',
    );
    expect(codeOf(() => decodeIntent(Uint8Array.of(0, 0)))).toBe('INVALID_INTENT');
    expect(codeOf(() => decodeIntent(Uint8Array.of(0, 0, 1, 0)))).toBe('INVALID_INTENT');
    expect(codeOf(() => decodeIntent('000' as unknown as Uint8Array))).toBe('INVALID_INTENT');
    expect(codeOf(() => parseIntent(undefined as unknown as string))).toBe('INVALID_INTENT');
  });
});

describe('what is no intent at all', () => {
  it.each([[null], [undefined], [5], [new Uint8Array(2)], [Symbol('s')]])('is refused: %s', (value) => {
    expect(codeOf(() => encodeIntent(value as unknown as IntentScope))).toBe('INVALID_INTENT');
    expect(codeOf(() => decodeIntent(value as unknown as Uint8Array))).toBe('INVALID_INTENT');
  });
});
