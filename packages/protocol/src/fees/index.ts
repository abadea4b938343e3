export type { FeeParameters, TransactionFee } from './fees.js';
export { addFees, failureFee, operationFee, successFee, transactionFee, valueFee, valueFeeRate } from './fees.js';
export { leastBalance } from './least-balance.js';
export type { FeeOperation } from './written-objects.js';
export { reservedWrites, writtenObjects } from './written-objects.js';
