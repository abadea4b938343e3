// The SystemState in pieces: most transactions leave most of it as it was, and values are never changed in place, so a
// piece is encoded once for as long as it lives.
import {
  EmissionPool,
  ModelRegistry,
  SomaAddress,
  SystemParameters,
  type SystemState,
  TargetState,
  ValidatorSet,
} from '@somakit/bcs';
import { map, set } from '@somakit/bcs/codec';

const Reports = /* @__PURE__ */ map(SomaAddress, /* @__PURE__ */ set(SomaAddress));

const pieces = /* @__PURE__ */ new WeakMap<object, Uint8Array>();

const piece = <T extends object>(codec: { encode(value: T): Uint8Array }, value: T): Uint8Array => {
  const known = pieces.get(value);
  if (known !== undefined) return known;
  const bytes = codec.encode(value);
  pieces.set(value, bytes);
  return bytes;
};

const SET_FIELDS = [
  'totalStake',
  'validators',
  'pendingValidators',
  'pendingRemovals',
  'stakingPoolMappings',
  'inactiveValidators',
  'atRiskValidators',
] as const;

// The fields of the validator set are spread over the state: its piece is known by the list of validators, and good
// while the other fields are the same values.
const sets = /* @__PURE__ */ new WeakMap<object, { readonly state: SystemState; readonly bytes: Uint8Array }>();

const validatorSet = (state: SystemState): Uint8Array => {
  const known = sets.get(state.validators);
  if (known !== undefined && SET_FIELDS.every((field) => known.state[field] === state[field])) return known.bytes;
  const bytes = ValidatorSet.encode(state);
  sets.set(state.validators, { state, bytes });
  return bytes;
};

const numbers = (...values: readonly bigint[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setBigUint64(i * 8, value, true);
  });
  return bytes;
};

/** The BCS bytes of a state, as the codec gives them. Source: types/src/system_state/mod.rs, the order of the fields. */
export const encodeState = (state: SystemState): Uint8Array => {
  const parts = [
    Uint8Array.of(0),
    numbers(state.epoch, state.protocolVersion),
    validatorSet(state),
    piece(SystemParameters, state.parameters),
    numbers(state.epochStartTimestampMs),
    piece(Reports, state.validatorReportRecords),
    piece(ModelRegistry, state.modelRegistry),
    piece(EmissionPool, state.emissionPool),
    piece(TargetState, state.targetState),
    Uint8Array.of(state.safeMode ? 1 : 0),
    numbers(state.safeModeAccumulatedFees, state.safeModeAccumulatedEmissions),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};
