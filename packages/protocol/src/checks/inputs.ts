import type { InputObjectKind, ObjectRef, TransactionData, TransactionKind } from '@somakit/bcs';
import type { ObjectId } from '@somakit/core';
import { SYSTEM_STATE_OBJECT_ID } from '../parameters/constants.js';

const SYSTEM: ReadonlySet<string> = /* @__PURE__ */ new Set<SystemKind>([
  'Genesis',
  'ConsensusCommitPrologueV1',
  'ChangeEpoch',
]);
const STATELESS = new Set(['Genesis', 'ConsensusCommitPrologueV1', 'TransferCoin', 'PayCoins', 'TransferObjects']);

/** The kinds that only validators make. Source: types/src/transaction.rs `is_system_tx`. */
export type SystemKind = 'Genesis' | 'ConsensusCommitPrologueV1' | 'ChangeEpoch';

/** The kinds that accounts send. */
export type UserKind = Exclude<TransactionKind['kind'], SystemKind>;

/** Whether only validators make transactions of this kind. Source: types/src/transaction.rs `is_system_tx`. */
export const isSystemKind = (kind: TransactionKind['kind']): kind is SystemKind => SYSTEM.has(kind);

/** Whether a kind takes the SystemState. Source: types/src/transaction.rs `requires_system_state`. */
export const needsSystemState = (kind: TransactionKind['kind']): boolean => !STATELESS.has(kind);

const owned = ({ objectId, version, digest }: ObjectRef): InputObjectKind => ({
  kind: 'ImmOrOwnedObject',
  objectId,
  version,
  digest,
});
const shared = (id: ObjectId): InputObjectKind => ({
  kind: 'SharedObject',
  id,
  initialSharedVersion: 1n,
  mutable: true,
});

/** The id of an input. */
export const inputId = (input: InputObjectKind): ObjectId =>
  input.kind === 'SharedObject' ? input.id : input.objectId;

const kindInputs = (kind: TransactionKind): InputObjectKind[] => {
  switch (kind.kind) {
    case 'TransferCoin':
      return [owned(kind.coin)];
    case 'PayCoins':
      return kind.coins.map(owned);
    case 'TransferObjects':
      return kind.objects.map(owned);
    case 'AddStake':
    case 'AddStakeToModel':
      return [owned(kind.coinRef)];
    case 'WithdrawStake':
      return [owned(kind.stakedSoma)];
    case 'SubmitData':
      return [owned(kind.bondCoin), shared(kind.targetId)];
    case 'ClaimRewards':
    case 'ReportSubmission':
    case 'UndoReportSubmission':
      return [shared(kind.targetId)];
    default:
      return [];
  }
};

/**
 * The inputs of a transaction in the chain's order: the SystemState when the kind takes it, the kind's own objects, then
 * the gas coins that are not among them. A gas coin that is, keeps the reference of the kind; its own version and digest
 * are never looked at.
 *
 * Ids may repeat here; {@link hasRepeatedInput} tells.
 *
 * Source: types/src/transaction.rs `TransactionData::input_objects`.
 */
export const transactionInputs = ({
  kind,
  gasPayment,
}: Pick<TransactionData, 'kind' | 'gasPayment'>): InputObjectKind[] => {
  const own = kindInputs(kind);
  const inputs = needsSystemState(kind.kind) ? [shared(SYSTEM_STATE_OBJECT_ID as ObjectId), ...own] : own;
  if (isSystemKind(kind.kind)) return inputs;
  // One or two for nearly all transactions, thousands for some.
  const { length } = inputs;
  const known = length > 4 ? new Set(inputs.map(inputId)) : undefined;
  for (const ref of gasPayment) {
    if (!(known?.has(ref.objectId) ?? isAmong(inputs, length, ref.objectId))) inputs.push(owned(ref));
  }
  return inputs;
};

/** Whether an id is among the first inputs. */
const isAmong = (inputs: readonly InputObjectKind[], length: number, id: ObjectId): boolean => {
  for (let i = 0; i < length; i++) if (inputId(inputs[i]!) === id) return true;
  return false;
};

/** Whether an id comes twice among inputs: such a transaction is refused. */
export const hasRepeatedInput = (inputs: readonly InputObjectKind[]): boolean =>
  inputs.length > 1 && new Set(inputs.map(inputId)).size < inputs.length;
