import { TransactionData as TransactionCodec, type TransactionData } from '@somakit/bcs';
import { isError, type ObjectId, toHex } from '@somakit/core';
import type { LedgerObject, ObjectChange } from '@somakit/ledger';
import {
  SimulateTransactionRequest_TransactionChecks as Checks,
  ExecutedTransactionSchema,
  type Transaction,
  TransactionExecutionService,
} from '@somakit/rpc/proto';
import { badRequest, implement, type ServiceDefinition } from '@somakit/rpc/server';
import type { Chain } from '../chain/types.js';
import { ConversionFailure } from '../requests/fields.js';
import { readSignature } from '../requests/signature.js';
import { readTransaction } from '../requests/transaction.js';
import { executedMessage } from './executed.js';
import { below, maskOf, readMask } from './mask.js';
import { refusalStatus, simulationStatus } from './refusals.js';
import type { Waits } from './waits.js';

const EXECUTE_MASK = maskOf(['effects']);
/** Most coins that a simulation chooses by itself. Source: rpc/src/api/grpc/transaction_execution `simulate_transaction`. */
const MAX_CHOSEN_COINS = 100;

const convert = <T>(field: string, name: string, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ConversionFailure)) throw error;
    throw badRequest(field, `invalid ${name}: ${error.text}`);
  }
};

const transactionOf = (message: Transaction | undefined): TransactionData => {
  if (message === undefined) throw badRequest('transaction', '', 'FIELD_MISSING');
  return convert('transaction', 'transaction', () => readTransaction(message));
};

const typesOf = (chain: Chain, changes: readonly ObjectChange[]) => {
  const types = new Map<ObjectId, string>();
  for (const { objectId, before, after } of changes) {
    const type = (after ?? before)?.objectType.kind;
    if (type !== undefined) types.set(objectId, type);
  }
  return (id: ObjectId): string | undefined => types.get(id) ?? chain.store.getObject(id)?.objectType.kind;
};

/** Inputs and outputs, each version once, by id and version. */
const objectsOf = (changes: readonly ObjectChange[]): LedgerObject[] =>
  changes.flatMap(({ before, after }) => [before, after].filter((each) => each !== undefined));

export const executionService = (chain: Chain, waits: Waits): ServiceDefinition => {
  /** The text that validators' answers are wrapped in. */
  const frame = (text: string): string => {
    const key = chain.ledger.systemState().validators[0]?.metadata.protocolPubkey ?? new Uint8Array(4);
    return `Transaction is rejected as invalid by more than 1/3 of validators by stake (non-retriable). Non-retriable errors: [${text} { k#${toHex(key.subarray(0, 4)).replace(/^0x/, '')}.. } with 10000 stake].`;
  };

  return implement(TransactionExecutionService, {
    executeTransaction: async ({ transaction, signatures: given, readMask: paths }, { connection }) => {
      waits.executing(connection, transaction?.digest);
      const data = transactionOf(transaction);
      const signatures = given.map((each, i) => convert(`signatures[${i}]`, 'signature', () => readSignature(each)));
      const mask = readMask(ExecutedTransactionSchema, paths, EXECUTE_MASK);
      try {
        const result = await chain.submit({ bytes: TransactionCodec.encode(data), signatures });
        const { effects, digest } = result;
        const changes = result.repeated ? chain.changes(effects) : result.changes;
        return {
          transaction: executedMessage(
            {
              digest,
              transactionDigest: digest,
              data: () => data,
              signatures,
              effects: () => effects,
              objectType: typesOf(chain, changes),
              balanceChanges: () => (result.repeated ? chain.balanceChanges(effects) : result.balanceChanges),
              objects: () => objectsOf(changes),
              spelling: 'prefixed',
            },
            mask,
          ),
        };
      } catch (error) {
        if (isError(error, 'TRANSACTION_REFUSED')) throw refusalStatus(error, frame);
        throw error;
      }
    },
    simulateTransaction: ({ transaction, readMask: paths, checks }) => {
      let data = transactionOf(transaction);
      const mask = below(paths === undefined ? true : maskOf(paths.paths), 'transaction');
      if (data.gasPayment.length === 0 && checks !== Checks.DISABLED) {
        const taken = new Set(inputIds(data));
        const coins = chain.store
          .owned(data.sender)
          .filter(({ objectType, objectId }) => objectType.kind === 'Coin' && !taken.has(objectId))
          .slice(0, MAX_CHOSEN_COINS);
        data = {
          ...data,
          gasPayment: coins.map(({ objectId, version, digest }) => ({ objectId, version, digest })),
        };
      }
      if (checks === Checks.DISABLED) data = { ...data, gasPayment: [] };
      if (mask === undefined) return {};
      try {
        const result = chain.simulate({ data });
        const { effects, changes, digest } = result;
        const shown: TransactionData =
          result.mockGasId === undefined
            ? data
            : {
                ...data,
                gasPayment: changes.flatMap(({ objectId, before }) =>
                  objectId === result.mockGasId && before !== undefined
                    ? [{ objectId, version: before.version, digest: before.digest }]
                    : [],
                ),
              };
        return {
          transaction: executedMessage(
            {
              transactionDigest: digest,
              data: () => shown,
              effects: () => effects,
              objectType: typesOf(chain, changes),
              balanceChanges: () => result.balanceChanges,
              objects: () => objectsOf(changes),
              spelling: 'prefixed',
              objectSpelling: 'bare',
            },
            mask,
          ),
        };
      } catch (error) {
        throw simulationStatus(error);
      }
    },
  });
};

/** The owned objects that a transaction's kind takes. */
const inputIds = ({ kind }: TransactionData): readonly ObjectId[] => {
  switch (kind.kind) {
    case 'TransferCoin':
      return [kind.coin.objectId];
    case 'PayCoins':
      return kind.coins.map(({ objectId }) => objectId);
    case 'TransferObjects':
      return kind.objects.map(({ objectId }) => objectId);
    case 'AddStake':
    case 'AddStakeToModel':
      return [kind.coinRef.objectId];
    case 'WithdrawStake':
      return [kind.stakedSoma.objectId];
    case 'SubmitData':
      return [kind.bondCoin.objectId];
    default:
      return [];
  }
};
