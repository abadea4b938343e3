import { isError, toBase64 } from '@somakit/core';
import type { ParsedTransaction } from '@somakit/sdk/transactions';
import type { Cli } from '../cli.js';

interface Verified {
  readonly ok: boolean;
  readonly address?: string;
  readonly code?: string;
  readonly message?: string;
}

/** A transaction, and what became of the check of its signature. */
export interface DecodedTransaction {
  readonly parsed: ParsedTransaction;
  readonly verified: Verified | undefined;
}

/** Reads a transaction, signed or not, and checks the signature over it that is given, or its own. */
export const decodeTransaction = async (
  bytes: Uint8Array,
  signature: Uint8Array | undefined,
): Promise<DecodedTransaction> => {
  const [{ parseTransaction }, { verifyTransactionSignature }] = await Promise.all([
    import('@somakit/sdk/transactions'),
    import('@somakit/crypto'),
  ]);
  const parsed = parseTransaction(bytes);
  const checked = signature ?? parsed.signatures[0];
  if (checked === undefined) return { parsed, verified: undefined };
  try {
    const address = verifyTransactionSignature(parsed.bytes, checked, { sender: parsed.sender });
    return { parsed, verified: { ok: true, address } };
  } catch (error) {
    if (!isError(error)) throw error;
    return { parsed, verified: { ok: false, code: error.code, message: error.message } };
  }
};

/** The members of `transaction-data/1`. */
export const decodedJson = async ({ parsed, verified }: DecodedTransaction): Promise<object> => {
  const { formatPart } = await import('@somakit/sdk/transactions');
  return {
    digest: parsed.digest,
    sender: parsed.sender,
    kind: parsed.data.kind.kind,
    summary: parsed.summary,
    details: parsed.parts.map((part) => ({ label: part.label, type: part.type, text: formatPart(part) })),
    warnings: parsed.warnings,
    gas_payment: parsed.data.gasPayment.map(({ objectId, version, digest }) => ({
      object_id: objectId,
      version,
      digest,
    })),
    signatures: parsed.signatures.map((each) => toBase64(each)),
    ...(verified === undefined ? {} : { verification: verified }),
  };
};

export const showDecoded = async (cli: Cli, { parsed, verified }: DecodedTransaction): Promise<void> => {
  const { formatTransaction } = await import('@somakit/sdk/transactions');
  cli.out.line(formatTransaction(parsed));
  if (verified === undefined) return;
  cli.out.line(`  Signature: ${verified.ok ? `holds, of ${verified.address}` : `does not hold: ${verified.message}`}`);
};
