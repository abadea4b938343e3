import type { Model, ObjectRef, SystemState, Target } from '@somakit/bcs';
import { SomaObject, SomaTensor, SystemState as SystemStateCodec, Target as TargetCodec, tensor } from '@somakit/bcs';
import { digestBytes, fromHex, parseAddress, parseDigest, parseObjectId } from '@somakit/core';
import { commitment } from '@somakit/crypto';
import nodeDigests from '@somakit/vectors/node-digests.json';
import { describe, expect, it } from 'vitest';
import {
  checkBond,
  checkClaim,
  checkCommitModel,
  checkCreateModel,
  checkModelCommission,
  checkOwnActiveModel,
  checkPayCoins,
  checkRemoveValidator,
  checkReportModel,
  checkReportSubmission,
  checkReportValidator,
  checkRevealModel,
  checkStakeToModel,
  checkStakeToValidator,
  checkSubmission,
  checkTransferObjects,
  checkUndoReportModel,
  checkUndoReportSubmission,
  checkUndoReportValidator,
  checkValidatorCommission,
  duplicateMetadataField,
  isNormalisedUrl,
  normaliseUrl,
} from '../../src/checks/index.js';
import { systemParameters } from '../../src/parameters/index.js';

const objectOf = (type: string): SomaObject =>
  SomaObject.decode(
    fromHex(nodeDigests.objects.find((entry: { object_type: string }) => entry.object_type === type).bcs),
  );
const state: SystemState = SystemStateCodec.decode(objectOf('SystemState').contents);
const pool = state.validators[0]!.stakingPool;
const parameters = systemParameters();
const owner = parseAddress('0xa');
const stranger = parseAddress('0xb');
const key = parseDigest(new Uint8Array(32).fill(5));
const embedding = tensor([1, 2, 3]);

const base = { owner, architectureVersion: 1n, stakingPool: pool, commissionRate: 0n, nextEpochCommissionRate: 0n };
const promise = {
  manifest: { url: 'https://example.com/', checksum: key, size: 1n },
  weightsCommitment: key,
  embeddingCommitment: commitment(SomaTensor.encode(embedding)),
  decryptionKeyCommitment: commitment(digestBytes(key)),
};
const created: Model = { kind: 'Created', ...base, createEpoch: 3n };
const pending: Model = { kind: 'Pending', ...base, ...promise, commitEpoch: 3n };
const active: Model = { kind: 'Active', ...base, ...promise, decryptionKey: key, embedding, pendingUpdate: undefined };
const inactive: Model = { kind: 'Inactive', ...base, ...promise, decryptionKey: key, embedding };

describe('creating a model', () => {
  it('asks for the architecture, then the stake, then the commission', () => {
    const good = { architectureVersion: 1n, stakeAmount: 1_000_000_000n, commissionRate: 10_000n };
    expect(checkCreateModel(good, parameters)).toBeUndefined();
    expect(checkCreateModel({ architectureVersion: 2n, stakeAmount: 0n, commissionRate: 10_001n }, parameters)).toEqual(
      { kind: 'ModelArchitectureVersionMismatch' },
    );
    expect(checkCreateModel({ ...good, stakeAmount: 999_999_999n, commissionRate: 10_001n }, parameters)).toEqual({
      kind: 'ModelMinStakeNotMet',
    });
    expect(checkCreateModel({ ...good, commissionRate: 10_001n }, parameters)).toEqual({
      kind: 'ModelCommissionRateTooHigh',
    });
  });
});

describe('committing a model', () => {
  it('is for owners of created and active ones', () => {
    expect(checkCommitModel(undefined, owner)).toEqual({ kind: 'ModelNotFound' });
    expect([created, active].map((model) => checkCommitModel(model, owner))).toEqual([undefined, undefined]);
    expect([created, active].map((model) => checkCommitModel(model, stranger)?.kind)).toEqual([
      'NotModelOwner',
      'NotModelOwner',
    ]);
    expect([pending, inactive].map((model) => checkCommitModel(model, stranger)?.kind)).toEqual([
      'ModelInvalidState',
      'ModelInvalidState',
    ]);
  });
});

describe('revealing a model', () => {
  const reveal = { signer: owner, epoch: 4n, decryptionKey: key, embedding };
  const update = { ...promise, commitEpoch: 3n };

  it('works in the epoch after the commit with what was committed to', () => {
    expect(checkRevealModel(pending, reveal)).toBeUndefined();
    expect(checkRevealModel({ ...active, pendingUpdate: update } as Model, reveal)).toBeUndefined();
  });

  it('fails in the order of the chain', () => {
    const failures = [
      checkRevealModel(undefined, reveal),
      checkRevealModel(created, reveal),
      checkRevealModel(inactive, reveal),
      checkRevealModel(pending, { ...reveal, signer: stranger, epoch: 9n }),
      checkRevealModel(active, { ...reveal, epoch: 9n }),
      checkRevealModel(pending, { ...reveal, epoch: 3n }),
      checkRevealModel(pending, { ...reveal, epoch: 5n, decryptionKey: parseDigest(new Uint8Array(32)) }),
      checkRevealModel(pending, { ...reveal, decryptionKey: parseDigest(new Uint8Array(32)), embedding: tensor([0]) }),
      checkRevealModel(pending, { ...reveal, embedding: tensor([1, 2, -3]) }),
    ];
    expect(failures.map((failure) => failure?.kind)).toEqual([
      'ModelNotFound',
      'ModelInvalidState',
      'ModelInvalidState',
      'NotModelOwner',
      'ModelNoPendingUpdate',
      'ModelRevealEpochMismatch',
      'ModelRevealEpochMismatch',
      'ModelDecryptionKeyCommitmentMismatch',
      'ModelEmbeddingCommitmentMismatch',
    ]);
  });
});

describe('other steps of models', () => {
  it('take stake until they are inactive, also by a closed pool', () => {
    expect([created, pending, active].map((model) => checkStakeToModel(model, 1n))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(checkStakeToModel(undefined, 0n)).toEqual({ kind: 'InvalidArguments', reason: 'Stake amount cannot be 0!' });
    expect(checkStakeToModel(undefined, 1n)).toEqual({ kind: 'ModelNotFound' });
    expect(checkStakeToModel(inactive, 1n)).toEqual({ kind: 'ModelAlreadyInactive' });
    expect(checkStakeToModel({ ...created, stakingPool: { ...pool, deactivationEpoch: 4n } } as Model, 1n)).toEqual({
      kind: 'ModelAlreadyInactive',
    });
  });

  it('change commission and end by their owner, while active', () => {
    expect(checkModelCommission(active, owner, 10_000n)).toBeUndefined();
    expect(checkModelCommission(undefined, owner, 10_001n)).toEqual({ kind: 'ModelCommissionRateTooHigh' });
    expect(checkModelCommission(undefined, owner, 1n)).toEqual({ kind: 'ModelNotFound' });
    expect(checkOwnActiveModel(pending, owner)).toEqual({ kind: 'ModelNotActive' });
    expect(checkOwnActiveModel(active, stranger)).toEqual({ kind: 'NotModelOwner' });
  });

  it('are reported by validators', () => {
    expect(checkReportModel(active, true)).toBeUndefined();
    expect(checkReportModel(undefined, false)).toEqual({ kind: 'NotAValidator' });
    expect(checkReportModel(undefined, true)).toEqual({ kind: 'ModelNotActive' });
    expect(checkUndoReportModel(active, true, false)).toEqual({ kind: 'ReportRecordNotFound' });
    expect(checkUndoReportModel(active, true, true)).toBeUndefined();
  });
});

describe('submissions', () => {
  const modelId = parseObjectId('0x1');
  const targetId = parseObjectId('0x2');
  const open: Target = {
    ...TargetCodec.decode(objectOf('Target').contents),
    status: { kind: 'Open' },
    modelIds: [modelId],
    generationEpoch: 4n,
    distanceThreshold: tensor([0.5]),
    embedding,
  };
  const submission = { targetId, modelId, dataManifest: { size: 100n }, embedding, distanceScore: tensor([0.5]) };
  const check = (
    over: Partial<typeof submission> = {},
    target: Target | undefined = open,
    epoch = 4n,
    more = parameters,
  ) => checkSubmission({ target, submission: { ...submission, ...over }, epoch, parameters: more });

  it('at the threshold, and with a distance that is no number, pass as on the chain', () => {
    expect(check()).toBeUndefined();
    expect(check({ distanceScore: tensor([Number.NaN]) })).toBeUndefined();
  });

  it('fail for each reason with its values', () => {
    expect(checkSubmission({ target: undefined, submission, epoch: 4n, parameters })).toEqual({
      kind: 'TargetNotFound',
    });
    expect(check({}, { ...open, status: { kind: 'Filled', fillEpoch: 4n } }, 9n)).toEqual({ kind: 'TargetNotOpen' });
    expect(check({}, open, 5n)).toEqual({ kind: 'TargetExpired', generationEpoch: 4n, currentEpoch: 5n });
    expect(check({ modelId: targetId })).toEqual({ kind: 'ModelNotInTarget', modelId: targetId, targetId });
    expect(check({ embedding: tensor([1]) })).toEqual({ kind: 'EmbeddingDimensionMismatch', expected: 3n, actual: 1n });
    expect(check({ distanceScore: tensor([]) })).toMatchObject({ kind: 'InvalidArguments' });
    const score = tensor([Math.fround(0.5 + 2 ** -24)]);
    expect(check({ distanceScore: score })).toEqual({
      kind: 'DistanceExceedsThreshold',
      score,
      threshold: open.distanceThreshold,
    });
    expect(check({ dataManifest: { size: 1_048_577n } })).toEqual({
      kind: 'DataExceedsMaxSize',
      size: 1_048_577n,
      maxSize: 1_048_576n,
    });
    expect(
      check({ dataManifest: { size: 2n ** 60n } }, open, 4n, { ...parameters, maxSubmissionDataSize: 2n ** 62n }),
    ).toEqual({ kind: 'ArithmeticOverflow' });
    expect(checkBond(10n, 9n)).toEqual({ kind: 'InsufficientBond', required: 10n, provided: 9n });
    expect(checkBond(10n, 10n)).toBeUndefined();
  });

  it('are claimed two epochs later, expired targets at once', () => {
    const filled: Target = { ...open, status: { kind: 'Filled', fillEpoch: 4n }, submitter: owner };
    expect(checkClaim(undefined, 9n)).toEqual({ kind: 'TargetNotFound' });
    expect(checkClaim({ ...open, status: { kind: 'Claimed' } }, 9n)).toEqual({ kind: 'TargetAlreadyClaimed' });
    expect(checkClaim(filled, 5n)).toEqual({ kind: 'AuditWindowOpen', fillEpoch: 4n, currentEpoch: 5n });
    expect(checkClaim(filled, 6n)).toBeUndefined();
    expect(checkClaim({ ...filled, submitter: undefined }, 6n)).toEqual({ kind: 'TargetNotFilled' });
    expect(checkClaim(open, 4n)).toEqual({ kind: 'TargetNotFilled' });
    expect(checkClaim(open, 5n)).toBeUndefined();
  });

  it('are reported by validators in the epoch after', () => {
    const filled: Target = { ...open, status: { kind: 'Filled', fillEpoch: 4n } };
    expect(checkReportSubmission(undefined, 5n, false)).toEqual({ kind: 'TargetNotFound' });
    expect(checkReportSubmission(open, 5n, false)).toEqual({ kind: 'NotAValidator' });
    expect(checkReportSubmission(open, 5n, true)).toEqual({ kind: 'TargetNotFilled' });
    expect(checkReportSubmission({ ...open, status: { kind: 'Claimed' } }, 5n, true)).toEqual({
      kind: 'TargetAlreadyClaimed',
    });
    for (const epoch of [4n, 6n])
      expect(checkReportSubmission(filled, epoch, true)).toEqual({
        kind: 'AuditWindowClosed',
        fillEpoch: 4n,
        currentEpoch: epoch,
      });
    expect(checkReportSubmission(filled, 5n, true)).toBeUndefined();
    expect(checkUndoReportSubmission(filled, 5n, true, false)).toEqual({ kind: 'ReportRecordNotFound' });
    expect(checkUndoReportSubmission(filled, 5n, true, true)).toBeUndefined();
  });
});

describe('payments', () => {
  const coin = {} as ObjectRef;

  it('need coins, recipients and as many amounts', () => {
    expect(checkPayCoins({ coins: [], amounts: [], recipients: [] })).toMatchObject({
      reason: 'Must provide at least one coin',
    });
    expect(checkPayCoins({ coins: [coin], amounts: [], recipients: [] })).toMatchObject({
      reason: 'Must provide at least one recipient',
    });
    expect(checkPayCoins({ coins: [coin], amounts: [], recipients: [owner] })).toEqual({
      kind: 'InvalidArguments',
      reason: 'Amounts and recipients must match. Got 0 amounts and 1 recipients',
    });
    expect(checkPayCoins({ coins: [coin], amounts: undefined, recipients: [owner, owner] })).toMatchObject({
      reason: 'Pay-all operation only supports a single recipient',
    });
    expect(checkPayCoins({ coins: [coin], amounts: [2n ** 63n, 2n ** 63n], recipients: [owner, owner] })).toEqual({
      kind: 'ArithmeticOverflow',
    });
    expect(checkPayCoins({ coins: [coin], amounts: undefined, recipients: [owner] })).toBeUndefined();
    expect(checkTransferObjects({ objects: [] })).toMatchObject({ kind: 'InvalidArguments' });
    expect(checkTransferObjects({ objects: [coin] })).toBeUndefined();
  });
});

describe('validators', () => {
  it('take stake, are reported and leave by the rules', () => {
    expect(checkStakeToValidator(false, 0n)).toEqual({ kind: 'ValidatorNotFound' });
    expect(checkStakeToValidator(true, 0n)).toMatchObject({ kind: 'InvalidArguments' });
    expect(checkStakeToValidator(true, 1n)).toBeUndefined();
    expect(checkRemoveValidator(false, true)).toEqual({ kind: 'NotAValidator' });
    expect(checkRemoveValidator(true, true)).toEqual({ kind: 'ValidatorAlreadyRemoved' });
    expect(checkRemoveValidator(true, false)).toBeUndefined();
    expect(checkReportValidator({ byValidator: true, ofValidator: false, self: true })).toEqual({
      kind: 'NotAValidator',
    });
    expect(checkReportValidator({ byValidator: true, ofValidator: true, self: true })).toEqual({
      kind: 'CannotReportOneself',
    });
    expect(checkReportValidator({ byValidator: true, ofValidator: true, self: false })).toBeUndefined();
    expect(checkUndoReportValidator(false, true)).toEqual({ kind: 'NotAValidator' });
    expect(checkUndoReportValidator(true, false)).toEqual({ kind: 'ReportRecordNotFound' });
    expect(checkUndoReportValidator(true, true)).toBeUndefined();
    expect(checkValidatorCommission(false, 10_001n)).toEqual({ kind: 'NotAValidator' });
    expect(checkValidatorCommission(true, 10_001n)).toEqual({
      kind: 'SomaError',
      error: { kind: 'GenericAuthorityError', error: 'Commission rate too high' },
    });
    expect(checkValidatorCommission(true, 10_000n)).toBeUndefined();
  });

  it('may not share keys or addresses, but proxies', () => {
    const one = state.validators[0]!.metadata;
    const flip = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff);
    const other = {
      ...one,
      protocolPubkey: flip(one.protocolPubkey),
      networkPubkey: flip(one.networkPubkey),
      workerPubkey: flip(one.workerPubkey),
      netAddress: 'a',
      p2pAddress: 'b',
      primaryAddress: 'c',
    };
    expect(duplicateMetadataField(one, other)).toBeUndefined();
    expect(duplicateMetadataField(one, one)).toBe('protocol_pubkey');
    expect(duplicateMetadataField(one, { ...other, networkPubkey: one.networkPubkey })).toBe('network_pubkey');
    expect(duplicateMetadataField(one, { ...other, workerPubkey: one.workerPubkey })).toBe('worker_pubkey');
    expect(duplicateMetadataField(one, { ...other, workerPubkey: one.networkPubkey })).toBe(
      'network_pubkey/worker_pubkey',
    );
    expect(duplicateMetadataField(one, { ...other, networkPubkey: one.workerPubkey })).toBe(
      'worker_pubkey/network_pubkey',
    );
    expect(duplicateMetadataField(one, { ...other, netAddress: one.netAddress })).toBe('net_address');
    expect(duplicateMetadataField(one, { ...other, p2pAddress: one.p2pAddress })).toBe('p2p_address');
    expect(duplicateMetadataField(one, { ...other, primaryAddress: one.primaryAddress })).toBe('primary_address');
  });
});

describe('urls', () => {
  it('have one form', () => {
    expect(normaliseUrl('HTTPS://Example.com:443/a/../b')).toBe('https://example.com/b');
    expect(normaliseUrl('http://127.1/ä b')).toBe('http://127.0.0.1/%C3%A4%20b');
    expect(isNormalisedUrl('https://example.com/')).toBe(true);
    expect(isNormalisedUrl('https://example.com')).toBe(false);
    expect(isNormalisedUrl('no url')).toBe(false);
  });

  it('are refused when they are none', () => {
    for (const text of ['', 'example.com', '//host/x', 'http://', 42, null]) {
      expect(() => normaliseUrl(text as string)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });
});
