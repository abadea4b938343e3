import type { TransactionData } from '@somakit/bcs';
import type { ObjectId } from '@somakit/core';
import { SYSTEM_STATE_OBJECT_ID } from '@somakit/protocol';

/** The SystemState's id. */
export const STATE_ID = SYSTEM_STATE_OBJECT_ID as unknown as ObjectId;

/**
 * Whether a coin is given twice as gas. The reference does not see it when the kind takes that coin too, and then pays
 * it out twice.
 */
export const repeatsGas = ({ gasPayment }: TransactionData): boolean =>
  gasPayment.length > 1 && new Set(gasPayment.map(({ objectId }) => objectId)).size < gasPayment.length;
