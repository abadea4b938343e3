import { fromHex, SomaKitError, shown, toHex } from '@somakit/core';

const SCOPES = [
  'TransactionData',
  'ConsensusBlock',
  'SenderSignedTransaction',
  'TransactionEffects',
  'DiscoveryPeers',
  'CommitSummary',
  'ValidatorSet',
  'CheckpointSummary',
  'ProofOfPossession',
] as const;
const APPS = ['Consensus', 'Soma'] as const;
const EXPECTED = '3 bytes or 6 hex digits: scope 0 to 8, version 0, app 0 or 1';

/** What a signed value is, so that a signature over one kind of value can never pass for another. */
export type IntentScope = (typeof SCOPES)[number];

/** The three bytes in front of every signed value. Source: `types/src/intent.rs`, `Intent`. */
export interface Intent {
  readonly scope: IntentScope;
  readonly version: 'V0';
  readonly app: (typeof APPS)[number];
}

const invalid = (received: unknown) =>
  new SomaKitError('INVALID_INTENT', `An intent is ${EXPECTED}.`, {
    context: { expected: EXPECTED, received: shown(received, 24).received },
  });

/**
 * The intent that the chain uses for values of a scope: app Consensus for blocks of consensus, Soma for all else.
 * @throws INVALID_INTENT for an unknown scope.
 */
export const intentOf = (scope: IntentScope): Intent => {
  if (!SCOPES.includes(scope)) throw invalid(scope);
  return { scope, version: 'V0', app: scope === 'ConsensusBlock' ? 'Consensus' : 'Soma' };
};

/**
 * An intent as its three bytes.
 * @throws INVALID_INTENT
 */
export const encodeIntent = (intent: Intent | IntentScope): Uint8Array => {
  if (intent === null || (typeof intent !== 'string' && typeof intent !== 'object')) throw invalid(intent);
  const { scope, version, app } = typeof intent === 'string' ? intentOf(intent) : intent;
  const scopeByte = SCOPES.indexOf(scope);
  const appByte = APPS.indexOf(app);
  if (scopeByte < 0 || appByte < 0 || version !== 'V0') throw invalid({ scope, version, app });
  return Uint8Array.of(scopeByte, 0, appByte);
};

/**
 * Reads the three bytes of an intent.
 * @throws INVALID_INTENT
 */
export const decodeIntent = (bytes: Uint8Array): Intent => {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 3) throw invalid(bytes);
  const scope = SCOPES[bytes[0] ?? -1];
  const app = APPS[bytes[2] ?? -1];
  if (scope === undefined || app === undefined || bytes[1] !== 0) throw invalid(bytes);
  return { scope, version: 'V0', app };
};

/**
 * Reads the text of an intent: 6 hex digits with or without `0x`.
 * @throws INVALID_INTENT
 * @example
 * import { parseIntent } from '@somakit/crypto';
 * parseIntent('000001'); // { scope: 'TransactionData', version: 'V0', app: 'Soma' }
 */
export const parseIntent = (text: string): Intent => {
  if (typeof text !== 'string' || !/^(?:0x)?[0-9a-fA-F]{6}$/.test(text)) throw invalid(text);
  return decodeIntent(fromHex(text));
};

/** The text of an intent: 6 lower-case hex digits. */
export const formatIntent = (intent: Intent | IntentScope): string => toHex(encodeIntent(intent));
