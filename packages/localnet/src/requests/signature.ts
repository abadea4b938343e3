import { type CompressedSignature, type PublicKey, UserSignature } from '@somakit/bcs';
import {
  SignatureScheme as Scheme,
  type UserSignature as SignatureMessage,
  type SimpleSignature,
} from '@somakit/rpc/proto';
import { ConversionFailure, invalid, need, sized } from './fields.js';

const ed25519 = (scheme: Scheme | undefined): void => {
  if (need(scheme, 'scheme') !== Scheme.ED25519) throw invalid('scheme', 'invalid or unknown signature scheme');
};

const simple = ({ scheme, signature, publicKey }: SimpleSignature): Uint8Array => {
  ed25519(scheme);
  const bytes = new Uint8Array(97);
  bytes.set(sized(signature, 64, 'signature'), 1);
  bytes.set(sized(publicKey, 32, 'public_key'), 65);
  return bytes;
};

/** A user signature, serialised. The outer scheme must be there and is not looked at. @throws ConversionFailure */
export const readSignature = ({ scheme, signature }: SignatureMessage): Uint8Array => {
  need(scheme, 'scheme');
  if (signature.case === 'simple') return simple(signature.value);
  if (signature.case !== 'multisig') throw new ConversionFailure('signature');
  const { signatures, bitmap, committee } = signature.value;
  const { members, threshold } = need(committee, 'committee');
  return UserSignature.encode({
    kind: 'MultiSig',
    sigs: signatures.map((each): CompressedSignature => {
      ed25519(each.scheme);
      return { kind: 'Ed25519', bytes: sized(each.signature, 64, 'signature') };
    }),
    bitmap: need(bitmap, 'bitmap'),
    multisigPk: {
      pkMap: members.map(({ publicKey, weight }) => {
        const { scheme: keyScheme, publicKey: key } = need(publicKey, 'public_key');
        ed25519(keyScheme);
        const value: PublicKey = { kind: 'Ed25519', bytes: sized(key, 32, 'public_key') };
        return { publicKey: value, weight: need(weight, 'weight') };
      }),
      threshold: need(threshold, 'threshold'),
    },
  });
};
