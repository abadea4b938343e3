import type { MessageInitShape } from '@bufbuild/protobuf';
import { type CompressedSignature, type PublicKey, UserSignature } from '@somakit/bcs';
import type {
  UserSignature as SignatureMessage,
  SimpleSignature,
  UserSignatureSchema,
} from '../gen/soma/rpc/signature_pb.js';
import { SignatureScheme as Scheme } from '../gen/soma/rpc/signature_scheme_pb.js';
import { eachOf, invalidReply, need, within } from './scalar.js';

const sized = (bytes: Uint8Array | undefined, length: number, field: string): Uint8Array => {
  const value = need(bytes, field);
  if (value.length !== length) throw invalidReply(field, `${length} bytes`, value);
  return value;
};

const ed25519 = (scheme: Scheme | undefined): void => {
  if (scheme !== undefined && scheme !== Scheme.ED25519) throw invalidReply('scheme', 'the scheme ED25519', scheme);
};

const fromSimple = ({ scheme, signature, publicKey }: SimpleSignature): Uint8Array => {
  ed25519(scheme);
  const bytes = new Uint8Array(97);
  bytes.set(sized(signature, 64, 'signature'), 1);
  bytes.set(sized(publicKey, 32, 'publicKey'), 65);
  return bytes;
};

/** A user signature as signers give it: 97 bytes, or a flag 2 and a multisig. The outer `scheme` is not looked at. */
export const signatureFromProto = ({ signature }: SignatureMessage): Uint8Array => {
  if (signature.case === 'simple') return within('simple', () => fromSimple(signature.value));
  if (signature.case !== 'multisig') throw invalidReply('signature', 'a simple or multisig signature', signature.case);
  const { signatures, bitmap, committee } = signature.value;
  return within('multisig', () =>
    UserSignature.encode({
      kind: 'MultiSig',
      sigs: eachOf('signatures', signatures, ({ scheme, signature: bytes }): CompressedSignature => {
        ed25519(scheme);
        return { kind: 'Ed25519', bytes: sized(bytes, 64, 'signature') };
      }),
      bitmap: need(bitmap, 'bitmap'),
      multisigPk: {
        pkMap: eachOf('committee.members', need(committee, 'committee').members, ({ publicKey, weight }) => {
          ed25519(publicKey?.scheme);
          const key: PublicKey = { kind: 'Ed25519', bytes: sized(publicKey?.publicKey, 32, 'publicKey') };
          return { publicKey: key, weight: need(weight, 'weight') };
        }),
        threshold: need(committee?.threshold, 'threshold'),
      },
    }),
  );
};

/** The message of a serialised user signature. @throws BCS_* for bytes that are none. */
export const signatureToProto = (bytes: Uint8Array): MessageInitShape<typeof UserSignatureSchema> => {
  const parts = UserSignature.decode(bytes);
  const scheme = Scheme.ED25519;
  if (parts.kind === 'Ed25519') {
    const { signature, publicKey } = parts;
    return { scheme, signature: { case: 'simple', value: { scheme, signature, publicKey } } };
  }
  const { sigs, bitmap, multisigPk } = parts;
  return {
    scheme: Scheme.MULTISIG,
    signature: {
      case: 'multisig',
      value: {
        signatures: sigs.map((each) => ({ scheme, signature: each.bytes })),
        bitmap,
        committee: {
          members: multisigPk.pkMap.map(({ publicKey, weight }) => ({
            publicKey: { scheme, publicKey: publicKey.bytes },
            weight,
          })),
          threshold: multisigPk.threshold,
        },
      },
    },
  };
};
