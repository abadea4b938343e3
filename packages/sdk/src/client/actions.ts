import { formatSoma, parseSoma } from '@somakit/core';
import { commitment, decryptWeights, encryptWeights } from '@somakit/crypto';
import * as coins from '../actions/coins.js';
import { modelManifest } from '../actions/manifest.js';
import * as market from '../actions/market.js';
import * as models from '../actions/models.js';
import * as reads from '../actions/reads.js';
import * as services from '../actions/services.js';
import * as staking from '../actions/staking.js';
import * as submissions from '../actions/targets-write.js';
import * as validators from '../actions/validators.js';
import { resume } from '../write/send.js';
import type { SomaBase } from './types.js';

const { ownedRefs: _, ...coinActions } = coins;
const { readTarget: __, ...submissionActions } = submissions;
const { poolOf: ___, ...stakingActions } = staking;
const { KNOWN_SERVER_VERSION: ____, ...readActions } = reads;

const all: Readonly<Record<string, unknown>> = {
  ...coinActions,
  ...market,
  ...models,
  ...readActions,
  ...services,
  ...stakingActions,
  ...submissionActions,
  ...validators,
  resume,
};

// Written by the modules' names: spelled out, the type would be longer than declarations can be.
type Actions = Omit<typeof coins, 'ownedRefs'> &
  typeof market &
  typeof models &
  Omit<typeof reads, 'KNOWN_SERVER_VERSION'> &
  typeof services &
  Omit<typeof staking, 'poolOf'> &
  Omit<typeof submissions, 'readTarget'> &
  typeof validators & { readonly resume: typeof resume };

/** Needs no client; methods too, because the original client has them. */
interface Helpers {
  readonly encryptWeights: typeof encryptWeights;
  readonly decryptWeights: typeof decryptWeights;
  readonly commitment: typeof commitment;
  /** Shannons of a decimal text of SOMA. */
  readonly toShannons: typeof parseSoma;
  /** Decimal text of SOMA. */
  readonly toSoma: typeof formatSoma;
  readonly modelManifest: typeof modelManifest;
}

const helpers: Helpers = {
  encryptWeights,
  decryptWeights,
  commitment,
  toShannons: parseSoma,
  toSoma: formatSoma,
  modelManifest,
};

type Bound<F> = F extends (client: SomaBase, ...rest: infer A) => infer R ? (...rest: A) => R : never;

/** Methods whose type parameters a mapped type would lose. */
interface GenericMethods {
  listTargets<F extends market.TargetField = market.TargetField>(
    parameters?: market.ListTargetsParameters<F>,
  ): Promise<{ readonly targets: readonly Pick<market.TargetView, F>[]; readonly nextPageToken?: string | undefined }>;
  fetchModel<R = Uint8Array>(parameters: market.FetchModelParameters<R>): Promise<R>;
  fetchSubmissionData<R = Uint8Array>(parameters: market.FetchSubmissionDataParameters<R>): Promise<R>;
}

/** Every operation as a method. */
export type SomaMethods = {
  readonly [K in Exclude<keyof Actions, keyof GenericMethods>]: Bound<Actions[K]>;
} & GenericMethods &
  Helpers;

type Action = (client: SomaBase, ...rest: readonly unknown[]) => unknown;

/** The methods of a client. */
export const methodsOf = (client: SomaBase): SomaMethods => {
  const methods: Record<string, unknown> = { ...helpers };
  for (const [name, action] of Object.entries(all)) {
    methods[name] = (...rest: readonly unknown[]) => (action as Action)(client, ...rest);
  }
  return methods as unknown as SomaMethods;
};
