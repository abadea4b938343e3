import type { MessageInitShape } from '@bufbuild/protobuf';
import type { BalanceChange } from '@somakit/bcs';
import type { BalanceChangeSchema, BalanceChange as ChangeMessage } from '../gen/soma/rpc/balance_change_pb.js';
import { address, invalidReply, need } from './scalar.js';

/** The amount is a signed decimal text on the wire. */
export const balanceChangeFromProto = (message: ChangeMessage): BalanceChange => {
  const amount = need(message.amount, 'amount');
  if (!/^[+-]?\d{1,39}$/.test(amount)) throw invalidReply('amount', 'a decimal number', amount);
  return { address: address(message.address, 'address'), amount: BigInt(amount) };
};

export const balanceChangeToProto = (change: BalanceChange): MessageInitShape<typeof BalanceChangeSchema> => ({
  address: change.address.slice(2),
  amount: change.amount.toString(),
});
