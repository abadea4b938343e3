import { finishEnvelope, readEnvelope, type SignedTransaction } from '@somakit/tx-builders';

/** Where the network is: the signed transaction, checked, ready to send. */
export const finish = (text: string): SignedTransaction => finishEnvelope(readEnvelope(text));
