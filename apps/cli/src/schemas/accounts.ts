import { z } from 'zod';
import { count, digest, id, type Shapes } from './shape.js';

const publicKey = z.string().describe('Base64 of flag and key.');
const base64 = z.string().describe('Base64.');

const key = {
  alias: z.string().optional(),
  address: id,
  public_key: publicKey.optional(),
  key_scheme: z.enum(['ed25519', 'bls12381']),
  source: z
    .enum(['keystore', 'external', 'variable', 'signer', 'given'])
    .describe('Where it is: the keystore, external_keys of client.yaml, or given by setting or flag.'),
  active: z.boolean().describe('Whether commands act for it.'),
};

const group = {
  address: id,
  threshold: count,
};

const member = { public_key: publicKey, address: id, weight: count };

export const shapes: Shapes = {
  'wallet.key/1': z.object(key).describe('A key of the wallet. No shape ever holds a private key.'),
  'wallet.new/1': z
    .object({
      ...key,
      mnemonic_file: z.string().describe('Where its recovery phrase is.'),
      created: z.boolean().describe('Whether client.yaml and the keystore were made too.'),
    })
    .describe('A key that was made.'),
  'wallet.change/1': z
    .object({
      action: z.enum(['switch', 'remove', 'rename', 'export']),
      alias: z.string(),
      address: id,
      before: z.string().optional().describe('Of rename: the alias before.'),
      file: z.string().optional().describe('Of export.'),
    })
    .describe('What became of a key.'),
  'wallet.keystore/1': z
    .object({ file: z.string(), encrypted: z.boolean() })
    .describe('A keystore that was encrypted or decrypted.'),
  'env/1': z
    .object({
      alias: z.string(),
      rpc: z.string(),
      basic_auth: z.boolean().describe('Whether user and password are sent.'),
      chain_id: z.string().optional(),
      active: z.boolean(),
    })
    .describe('An environment of client.yaml.'),
  'env.removed/1': z.object({ alias: z.string(), rpc: z.string() }).describe('An environment that was removed.'),
  'env.chain/1': z
    .object({ chain_id: digest, chain: z.string(), server_version: z.string() })
    .describe('Which chain a node is on.'),
  'key.file/1': z
    .object({ file: z.string(), address: id, public_key: publicKey, key_scheme: z.enum(['ed25519', 'bls12381']) })
    .describe('What a key file holds.'),
  'key.signature/1': z
    .object({ address: id, raw_tx_data: base64, digest, signature: base64 })
    .describe('A transaction that was signed.'),
  'multisig/1': z
    .object({ ...group, members: z.array(z.object(member)) })
    .describe('An account that several keys share.'),
  'multisig.signature/1': z
    .object({
      address: id,
      signature: base64,
      digest: digest.optional(),
      serialized_transaction: base64.optional().describe('With --tx-bytes: the signed transaction.'),
    })
    .describe('Signatures of members, put together.'),
  'multisig.decoded/1': z
    .object({
      ...group,
      members: z.array(z.object({ ...member, signed: z.boolean() })),
      weight: count.describe('Of those that signed, together.'),
      reached: z.boolean(),
      verified: z.boolean().optional().describe('With --tx-bytes.'),
      problem: z.string().optional(),
    })
    .describe('Who signed.'),
  'transaction-data/1': z
    .object({
      digest,
      sender: id,
      kind: z.string(),
      summary: z.string(),
      details: z.array(z.object({ label: z.string(), type: z.string(), text: z.string() })),
      warnings: z.array(z.string()),
      gas_payment: z.array(z.object({ object_id: id, version: z.string(), digest })),
      signatures: z.array(base64),
      verification: z
        .object({
          ok: z.boolean(),
          address: id.optional(),
          code: z.string().optional(),
          message: z.string().optional(),
        })
        .optional()
        .describe('Of the signature.'),
    })
    .describe('What a transaction would do.'),
};
