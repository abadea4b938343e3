import { withDeadline } from '@somakit/core';
import { AuditLog, BillingUsage, Health, ServerCapabilities, StorageUsage, type Whoami } from '../answers.js';
import type { Auth } from '../auth.js';
import { credentialsError, isJwt, jwtClaims } from '../jwt.js';
import { checkMoment, type Moment } from '../timestamp.js';
import type { CallOptions, Transport } from '../transport.js';
import { checkDay, checkText } from './parameters.js';

/** Which events an audit log holds. `all` and `checkpoints` are the oldest. */
export type AuditEventType = 'all' | 'checkpoints' | 'projects' | 'teams' | 'organizations';

export interface GetAuditLogParameters extends CallOptions {
  /** Default `all`. */
  readonly eventType?: AuditEventType | undefined;
  /** `YYYY-MM-DD` or a Date, of which the day in UTC counts; midnight to midnight UTC. Default: today. */
  readonly day?: string | Date | undefined;
}

export interface GetBillingUsageParameters extends CallOptions {
  /** First moment, on a whole hour in UTC. */
  readonly startingOn: Moment;
  /** First moment that no longer counts, on a whole hour in UTC, at most 14 days later. */
  readonly endingBefore: Moment;
}

const textOr = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export const createAdminCalls = (transport: Transport, auth: Auth) => ({
  /** What happened on one day in the organisation. Needs its `tinker-admin` role. */
  getAuditLog: async ({ eventType = 'all', day, ...options }: GetAuditLogParameters = {}): Promise<AuditLog> =>
    transport.call(
      {
        sdkMethod: 'RestClient.get_audit_log',
        method: 'GET',
        path: '/audit',
        query: { event_type: checkText('eventType', eventType), day: day === undefined ? undefined : checkDay(day) },
      },
      AuditLog,
      options,
    ),
  /** What was used, hour by hour. Needs the billing role. */
  getBillingUsage: async ({ startingOn, endingBefore, ...options }: GetBillingUsageParameters): Promise<BillingUsage> =>
    transport.call(
      {
        sdkMethod: 'RestClient.get_billing_usage',
        method: 'GET',
        path: '/billing/usage/events',
        query: {
          starting_on: checkMoment('startingOn', startingOn).text,
          ending_before: checkMoment('endingBefore', endingBefore).text,
        },
      },
      BillingUsage,
      options,
    ),
  /** What the stored checkpoints take up now, by project and owner. Needs the billing role. */
  getCurrentCheckpointStorageUsage: async ({
    projectId,
    ...options
  }: CallOptions & { readonly projectId?: string | undefined } = {}): Promise<StorageUsage> =>
    transport.call(
      {
        sdkMethod: 'RestClient.get_current_checkpoint_storage_usage',
        method: 'GET',
        path: '/billing/usage/checkpoints/current',
        query: { project_id: projectId },
      },
      StorageUsage,
      options,
    ),
  /** Which base models the server trains and samples. */
  getServerCapabilities: async (options: CallOptions = {}): Promise<ServerCapabilities> =>
    transport.call(
      { sdkMethod: 'RestClient.get_server_capabilities', method: 'GET', path: '/get_server_capabilities' },
      ServerCapabilities,
      options,
    ),
  /** Whether the server is up. */
  getHealth: async (options: CallOptions = {}): Promise<Health> =>
    transport.call({ sdkMethod: 'RestClient.healthz', method: 'GET', path: '/healthz' }, Health, options),
  /**
   * Who the credential belongs to, as the token says; asks nothing but a token.
   * @throws TINKER_CREDENTIALS when the credential is a plain key and the server gives no tokens.
   */
  whoami: async ({ signal, timeoutMs = 60_000 }: CallOptions = {}): Promise<Whoami> =>
    withDeadline({ signal, timeoutMs, operation: 'whoami', clock: transport.clock }, async (own) => {
      const token = await auth.token(own);
      const claims = isJwt(token) ? jwtClaims(token) : undefined;
      const userUrn = textOr(claims?.sub);
      if (claims === undefined || userUrn === null) {
        throw credentialsError('no-identity', 'A plain API key says nothing about its owner.', 'Use a JWT.');
      }
      const organization = textOr(claims.org_id);
      return {
        userUrn,
        orgUrn: organization === null ? null : `tml:organization:${organization}`,
        email: textOr(claims.email),
      };
    }),
});
