import { Multiaddr, type ObjectRef, type SomaTensor, type TransactionKind } from '@somakit/bcs';
import { type Address, type Digest, formatSoma, isError, type ObjectId, toHex } from '@somakit/core';

/** One detail of a transaction, for a table or a signing dialogue. */
export type DescriptionPart = { readonly label: string } & (
  | { readonly type: 'address'; readonly value: Address }
  | { readonly type: 'objectId'; readonly value: ObjectId }
  | { readonly type: 'object'; readonly value: ObjectRef }
  | { readonly type: 'digest'; readonly value: Digest }
  /** Shannons. */
  | { readonly type: 'amount'; readonly value: bigint }
  | { readonly type: 'number'; readonly value: bigint }
  /** Basis points. */
  | { readonly type: 'rate'; readonly value: bigint }
  /** Bytes. */
  | { readonly type: 'size'; readonly value: bigint }
  | { readonly type: 'url'; readonly value: string }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'floats'; readonly value: Float32Array }
);

/** What a kind does: one sentence, its details, and what is odd about it. */
export interface KindDescription {
  readonly summary: string;
  readonly parts: readonly DescriptionPart[];
  /** Why it is bound to fail, or may not do what it seems to. */
  readonly warnings: readonly string[];
}

const soma = (shannons: bigint): string => `${formatSoma(shannons)} SOMA`;
const percent = (bps: bigint): string => `${bps / 100n}.${(bps % 100n).toString().padStart(2, '0')} %`;
const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
const first = (tensor: SomaTensor): string => String(tensor.data[0] ?? 'none');

/** What a sender would not want to sign without knowing: control characters and text that runs backwards. */
const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

const RATE_LIMIT = 10_000n;
const rateWarning = (bps: bigint): readonly string[] =>
  bps > RATE_LIMIT ? ['The commission is over 100 %: the chain will refuse it.'] : [];
const zeroStake = (amount: bigint | undefined): readonly string[] =>
  amount === 0n ? ['A stake of 0 is refused by the chain.'] : [];

const notFinite = (what: string, tensor: SomaTensor): readonly string[] =>
  tensor.data.every(Number.isFinite) ? [] : [`The ${what} holds values that are not finite numbers.`];

const scalar = (what: string, tensor: SomaTensor): readonly string[] =>
  tensor.shape.length === 1 && tensor.shape[0] === 1
    ? []
    : [`The ${what} is not a single number: reference nodes stop at that.`];

/** The text in a network address, or its raw bytes when it holds none. */
const networkAddress = (
  label: string,
  value: Uint8Array,
): { readonly part: DescriptionPart; readonly warnings: readonly string[] } => {
  try {
    return { part: { label, type: 'text', value: visible(Multiaddr.decode(value)) }, warnings: [] };
  } catch (error) {
    if (!isError(error)) throw error;
    return {
      part: { label, type: 'bytes', value },
      warnings: [`The ${label.toLowerCase()} is not the BCS of a text: the chain will refuse it.`],
    };
  }
};

const keyLength = (label: string, value: Uint8Array | undefined, length: number): readonly string[] =>
  value === undefined || value.length === length
    ? []
    : [`The ${label} has ${value.length} bytes, not ${length}: the chain will refuse it.`];

const id = (label: string, value: ObjectId): DescriptionPart => ({ label, type: 'objectId', value });
const object = (label: string, value: ObjectRef): DescriptionPart => ({ label, type: 'object', value });
const address = (label: string, value: Address): DescriptionPart => ({ label, type: 'address', value });
const amountPart = (value: bigint | undefined): DescriptionPart =>
  value === undefined
    ? { label: 'Amount', type: 'text', value: 'the whole coin' }
    : { label: 'Amount', type: 'amount', value };
const manifest = (m: {
  readonly url: string;
  readonly checksum: Digest;
  readonly size: bigint;
}): readonly DescriptionPart[] => [
  { label: 'URL', type: 'url', value: visible(m.url) },
  { label: 'Checksum', type: 'digest', value: m.checksum },
  { label: 'Size', type: 'size', value: m.size },
];

const plain = (summary: string, ...parts: readonly DescriptionPart[]): KindDescription => ({
  summary,
  parts,
  warnings: [],
});

const payCoins = (kind: Extract<TransactionKind, { readonly kind: 'PayCoins' }>): KindDescription => {
  const { coins, amounts, recipients } = kind;
  const coinParts = coins.map((coin) => object('Coin', coin));
  if (amounts === undefined) {
    return {
      summary: `Pay all of ${count(coins.length, 'coin')} to ${recipients.join(', ') || 'nobody'}`,
      parts: [...recipients.map((recipient) => address('Recipient', recipient)), ...coinParts],
      warnings: [
        ...(recipients.length === 1
          ? []
          : ['A payment without amounts has exactly one recipient: the chain will refuse it.']),
        'Nodes cannot take a payment without amounts over gRPC.',
      ],
    };
  }
  const total = amounts.reduce((sum, amount) => sum + amount, 0n);
  const distinct = new Set(recipients);
  const target =
    recipients.length === 0
      ? 'nobody'
      : distinct.size === 1
        ? `${recipients[0]}${recipients.length > 1 ? ` in ${recipients.length} coins` : ''}`
        : `${distinct.size} accounts`;
  return {
    summary: `Pay ${soma(total)} to ${target}`,
    parts: [
      ...recipients.flatMap((recipient, i): DescriptionPart[] => [
        address('Recipient', recipient),
        ...(amounts[i] === undefined ? [] : [amountPart(amounts[i])]),
      ]),
      ...coinParts,
    ],
    warnings: [
      ...(amounts.length === recipients.length
        ? []
        : [
            `There are ${count(amounts.length, 'amount')} for ${count(recipients.length, 'recipient')}: the chain will refuse that.`,
          ]),
      ...(recipients.length === 0 ? ['There is no recipient: the chain will refuse that.'] : []),
      ...(coins.length === 0 ? ['There is no coin: the chain will refuse that.'] : []),
    ],
  };
};

/** A transaction kind in words. Full ids and addresses: a shortened one can be imitated. */
export const describeKind = (kind: TransactionKind): KindDescription => {
  switch (kind.kind) {
    case 'TransferCoin':
      return plain(
        kind.amount === undefined
          ? `Transfer the whole coin ${kind.coin.objectId} to ${kind.recipient}`
          : `Transfer ${soma(kind.amount)} to ${kind.recipient}`,
        address('Recipient', kind.recipient),
        amountPart(kind.amount),
        object('Coin', kind.coin),
      );
    case 'PayCoins':
      return payCoins(kind);
    case 'TransferObjects':
      return {
        summary: `Transfer ${count(kind.objects.length, 'object')} to ${kind.recipient}`,
        parts: [address('Recipient', kind.recipient), ...kind.objects.map((each) => object('Object', each))],
        warnings: kind.objects.length === 0 ? ['There is no object: the chain will refuse that.'] : [],
      };
    case 'AddStake':
      return {
        summary: `Stake ${kind.amount === undefined ? 'a whole coin' : soma(kind.amount)} with the validator ${kind.address}`,
        parts: [address('Validator', kind.address), amountPart(kind.amount), object('Coin', kind.coinRef)],
        warnings: zeroStake(kind.amount),
      };
    case 'AddStakeToModel':
      return {
        summary: `Stake ${kind.amount === undefined ? 'a whole coin' : soma(kind.amount)} with the model ${kind.modelId}`,
        parts: [id('Model', kind.modelId), amountPart(kind.amount), object('Coin', kind.coinRef)],
        warnings: zeroStake(kind.amount),
      };
    case 'WithdrawStake':
      return plain(`Withdraw the stake ${kind.stakedSoma.objectId}`, object('Staked position', kind.stakedSoma));
    case 'CreateModel':
      return {
        summary: `Create a model with a stake of ${soma(kind.stakeAmount)} and a commission of ${percent(kind.commissionRate)}`,
        parts: [
          { label: 'Stake', type: 'amount', value: kind.stakeAmount },
          { label: 'Commission', type: 'rate', value: kind.commissionRate },
          { label: 'Architecture version', type: 'number', value: kind.architectureVersion },
        ],
        warnings: rateWarning(kind.commissionRate),
      };
    case 'CommitModel':
      return {
        summary: `Commit weights for the model ${kind.modelId}`,
        parts: [
          id('Model', kind.modelId),
          ...manifest(kind.manifest),
          { label: 'Weights commitment', type: 'digest', value: kind.weightsCommitment },
          { label: 'Embedding commitment', type: 'digest', value: kind.embeddingCommitment },
          { label: 'Key commitment', type: 'digest', value: kind.decryptionKeyCommitment },
        ],
        warnings:
          kind.weightsCommitment === kind.manifest.checksum
            ? []
            : ['The weights commitment differs from the checksum of the file that the URL is for.'],
      };
    case 'RevealModel':
      return {
        summary: `Reveal the key and the embedding (${count(kind.embedding.data.length, 'number')}) of the model ${kind.modelId}`,
        parts: [
          id('Model', kind.modelId),
          { label: 'Decryption key', type: 'digest', value: kind.decryptionKey },
          { label: 'Embedding', type: 'floats', value: kind.embedding.data },
        ],
        warnings: notFinite('embedding', kind.embedding),
      };
    case 'SetModelCommissionRate':
      return {
        summary: `Set the commission of the model ${kind.modelId} to ${percent(kind.newRate)}`,
        parts: [id('Model', kind.modelId), { label: 'Commission', type: 'rate', value: kind.newRate }],
        warnings: rateWarning(kind.newRate),
      };
    case 'DeactivateModel':
      return plain(`Deactivate the model ${kind.modelId} for good`, id('Model', kind.modelId));
    case 'ReportModel':
      return plain(`Report the model ${kind.modelId}`, id('Model', kind.modelId));
    case 'UndoReportModel':
      return plain(`Take the report of the model ${kind.modelId} back`, id('Model', kind.modelId));
    case 'SubmitData':
      return {
        summary: `Submit data of ${kind.dataManifest.size} bytes to the target ${kind.targetId} with the distance ${first(kind.distanceScore)}, with a bond`,
        parts: [
          id('Target', kind.targetId),
          id('Winning model', kind.modelId),
          ...manifest(kind.dataManifest),
          { label: 'Distance', type: 'floats', value: kind.distanceScore.data },
          { label: 'Losses', type: 'floats', value: kind.lossScore.data },
          { label: 'Embedding', type: 'floats', value: kind.embedding.data },
          object('Bond coin', kind.bondCoin),
        ],
        warnings: [
          ...scalar('distance', kind.distanceScore),
          ...notFinite('distance', kind.distanceScore),
          ...notFinite('embedding', kind.embedding),
          ...notFinite('loss', kind.lossScore),
        ],
      };
    case 'ClaimRewards':
      return plain(`Claim the rewards of the target ${kind.targetId}`, id('Target', kind.targetId));
    case 'ReportSubmission':
      return plain(`Report the submission to the target ${kind.targetId}`, id('Target', kind.targetId));
    case 'UndoReportSubmission':
      return plain(
        `Take the report of the submission to the target ${kind.targetId} back`,
        id('Target', kind.targetId),
      );
    case 'AddValidator': {
      const addresses = [
        networkAddress('Network address', kind.netAddress),
        networkAddress('P2P address', kind.p2pAddress),
        networkAddress('Primary address', kind.primaryAddress),
        networkAddress('Proxy address', kind.proxyAddress),
      ];
      return {
        summary: 'Apply as a validator',
        parts: [
          { label: 'Protocol key', type: 'bytes', value: kind.pubkeyBytes },
          { label: 'Network key', type: 'bytes', value: kind.networkPubkeyBytes },
          { label: 'Worker key', type: 'bytes', value: kind.workerPubkeyBytes },
          { label: 'Proof of possession', type: 'bytes', value: kind.proofOfPossession },
          ...addresses.map(({ part }) => part),
        ],
        warnings: [
          ...keyLength('protocol key', kind.pubkeyBytes, 96),
          ...keyLength('network key', kind.networkPubkeyBytes, 32),
          ...keyLength('worker key', kind.workerPubkeyBytes, 32),
          ...keyLength('proof of possession', kind.proofOfPossession, 48),
          ...addresses.flatMap(({ warnings }) => warnings),
        ],
      };
    }
    case 'RemoveValidator':
      return plain("Give up the sender's seat as a validator", {
        label: 'Protocol key',
        type: 'bytes',
        value: kind.pubkeyBytes,
      });
    case 'UpdateValidatorMetadata': {
      const addresses = (
        [
          ['Network address', kind.nextEpochNetworkAddress],
          ['P2P address', kind.nextEpochP2pAddress],
          ['Primary address', kind.nextEpochPrimaryAddress],
          ['Proxy address', kind.nextEpochProxyAddress],
        ] as const
      ).flatMap(([label, value]) => (value === undefined ? [] : [networkAddress(label, value)]));
      const keys = (
        [
          ['Protocol key', kind.nextEpochProtocolPubkey, 96],
          ['Worker key', kind.nextEpochWorkerPubkey, 32],
          ['Network key', kind.nextEpochNetworkPubkey, 32],
          ['Proof of possession', kind.nextEpochProofOfPossession, 48],
        ] as const
      ).flatMap(([label, value, length]) => (value === undefined ? [] : [{ label, value, length }]));
      const changed = addresses.length + keys.length;
      return {
        summary:
          changed === 0
            ? 'Update validator metadata: nothing changes'
            : `Update validator metadata: ${[...addresses.map(({ part }) => part.label), ...keys.map(({ label }) => label)].join(', ').toLowerCase()}`,
        parts: [
          ...addresses.map(({ part }) => part),
          ...keys.map(({ label, value }): DescriptionPart => ({ label, type: 'bytes', value })),
        ],
        warnings: [
          ...addresses.flatMap(({ warnings }) => warnings),
          ...keys.flatMap(({ label, value, length }) => keyLength(label.toLowerCase(), value, length)),
          ...(kind.nextEpochProtocolPubkey !== undefined && kind.nextEpochProofOfPossession === undefined
            ? ['A new protocol key needs a proof of possession: the chain will refuse it.']
            : []),
        ],
      };
    }
    case 'SetCommissionRate':
      return {
        summary: `Set the sender's commission as a validator to ${percent(kind.newRate)}`,
        parts: [{ label: 'Commission', type: 'rate', value: kind.newRate }],
        warnings: rateWarning(kind.newRate),
      };
    case 'ReportValidator':
      return plain(`Report the validator ${kind.reportee}`, address('Validator', kind.reportee));
    case 'UndoReportValidator':
      return plain(`Take the report of the validator ${kind.reportee} back`, address('Validator', kind.reportee));
    case 'Genesis':
      return plain(`Genesis of a chain with ${count(kind.objects.length, 'object')}`);
    case 'ConsensusCommitPrologueV1':
      return plain(
        `Start of the consensus commit of round ${kind.round} in epoch ${kind.epoch}`,
        { label: 'Time (ms)', type: 'number', value: kind.commitTimestampMs },
        { label: 'Commit', type: 'digest', value: kind.consensusCommitDigest },
      );
    case 'ChangeEpoch':
      return plain(
        `Change to epoch ${kind.epoch}`,
        { label: 'Start (ms)', type: 'number', value: kind.epochStartTimestampMs },
        { label: 'Protocol version', type: 'number', value: kind.protocolVersion },
        { label: 'Fees', type: 'amount', value: kind.fees },
      );
  }
};

/** A part's value as one line of text. */
export const formatPart = (part: DescriptionPart): string => {
  switch (part.type) {
    case 'amount':
      return soma(part.value);
    case 'rate':
      return percent(part.value);
    case 'size':
      return `${part.value} bytes`;
    case 'number':
      return part.value.toString();
    case 'bytes':
      return part.value.length === 0 ? '(none)' : `0x${toHex(part.value)}`;
    case 'floats': {
      const shown = Array.from(part.value.subarray(0, 4), String).join(', ');
      return part.value.length > 4 ? `${shown}, ... (${part.value.length} numbers)` : shown || '(none)';
    }
    case 'object':
      return `${part.value.objectId} version ${part.value.version} digest ${part.value.digest}`;
    default:
      return part.value;
  }
};
