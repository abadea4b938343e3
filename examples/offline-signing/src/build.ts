import { parseSoma } from '@somakit/crypto';
import { buildTransaction, createEnvelope, transferCoin, writeEnvelope } from '@somakit/tx-builders';

/** Where the coins are known: the text to carry to the signer. */
export const build = (parameters: {
  readonly sender: string;
  readonly recipient: string;
  readonly soma: string;
  readonly coin: { readonly objectId: string; readonly version: bigint; readonly digest: string };
}): string => {
  const { sender, recipient, coin } = parameters;
  const transaction = buildTransaction({
    sender,
    kind: transferCoin({ coin, amount: parseSoma(parameters.soma), recipient }),
    // The coin pays its own fee.
    gasPayment: [coin],
  });
  return writeEnvelope(createEnvelope({ transaction, note: 'rent for November' }));
};
