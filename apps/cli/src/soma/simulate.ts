import type { SomaClient, WriteResult } from '@somakit/sdk';
import { type ParsedTransaction, readEffects, transactionFailed } from '@somakit/sdk/transactions';

/** What bytes that were built elsewhere would do now. @throws TRANSACTION_FAILED */
export const simulateOf = async (
  client: SomaClient,
  { bytes, sender }: ParsedTransaction,
  signal: AbortSignal,
): Promise<WriteResult> => {
  const { effects, balanceChanges } = await client.simulateTransaction({ txDataBytes: bytes, signal });
  const failed = transactionFailed(effects);
  if (failed !== undefined) throw failed;
  const { digest, created, fee } = readEffects(effects);
  const net = balanceChanges.find(({ address }) => address === sender)?.amount ?? 0n;
  return { digest, effects, created, fee, balanceChanges, bond: 0n, net, dryRun: true };
};
