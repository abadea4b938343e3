import { fromBase64, SomaKitError } from '@somakit/core';

export const credentialsError = (
  reason: 'missing' | 'form' | 'expired' | 'command' | 'store' | 'not-accepted' | 'no-identity',
  message: string,
  hint?: string,
): SomaKitError<'TINKER_CREDENTIALS'> => new SomaKitError('TINKER_CREDENTIALS', message, { context: { reason }, hint });

export const isJwt = (credential: string): boolean => credential.startsWith('eyJ');

/** The claims of a JWT, unverified: the server that issued it is the one that we send it to. */
export const jwtClaims = (jwt: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const payload = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
    const padded = payload.padEnd(Math.ceil(payload.length / 4) * 4, '=');
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(padded)));
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

const claimMs = (jwt: string, claim: 'exp' | 'iat'): number | undefined => {
  const value = Number(jwtClaims(jwt)?.[claim] ?? Number.NaN);
  return Number.isFinite(value) ? value * 1000 : undefined;
};

/** When a JWT ends, in milliseconds since 1970; `undefined` when it does not say. */
export const jwtExpiry = (jwt: string): number | undefined => claimMs(jwt, 'exp');

/** How long a JWT was made to live, by the server's clock alone. */
export const jwtLifetime = (jwt: string): number | undefined => {
  const [end, start] = [claimMs(jwt, 'exp'), claimMs(jwt, 'iat')];
  return end === undefined || start === undefined || end <= start ? undefined : end - start;
};
