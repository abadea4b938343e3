import type { Signer } from '@somakit/crypto';
import { describeEnvelope, formatTransaction, readEnvelope, signEnvelope, writeEnvelope } from '@somakit/tx-builders';

/** Where the key is: shows the transaction, asks, signs. */
export const sign = async (
  text: string,
  signer: Signer,
  confirm: (shown: string) => boolean | Promise<boolean>,
): Promise<string | undefined> => {
  const envelope = readEnvelope(text);
  if (!(await confirm(formatTransaction(describeEnvelope(envelope))))) return undefined;
  return writeEnvelope(await signEnvelope(envelope, signer));
};
