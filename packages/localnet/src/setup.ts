import { fromHex, type ObjectId, parseAddress, parseObjectId, toHex } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import type { Genesis, RecordedGenesis, ValidatorKeys } from '@somakit/ledger';

/** What a network has in hand beside its chain: keys, which are known to all, and names. */
export interface Setup {
  readonly accounts: readonly Keypair[];
  readonly faucet: Keypair | undefined;
  readonly validators: readonly ValidatorKeys[];
  readonly modelIds: readonly ObjectId[];
}

export const setupOf = (genesis: Genesis | RecordedGenesis): Setup =>
  'validatorKeys' in genesis
    ? {
        accounts: genesis.accounts,
        faucet: genesis.faucet,
        validators: genesis.validators,
        modelIds: genesis.modelIds,
      }
    : { accounts: [], faucet: undefined, validators: [], modelIds: [] };

interface SetupJson {
  readonly accounts?: readonly string[];
  readonly faucet?: string;
  readonly validators?: readonly { readonly address: string; readonly secret: string; readonly protocol: string }[];
  readonly modelIds?: readonly string[];
}

export const writeSetup = ({ accounts, faucet, validators, modelIds }: Setup): string =>
  JSON.stringify({
    accounts: accounts.map((each) => each.toSecretKeyHex()),
    faucet: faucet?.toSecretKeyHex(),
    validators: validators.map(({ address, keypair, protocolSecretKey }) => ({
      address,
      secret: keypair.toSecretKeyHex(),
      protocol: toHex(protocolSecretKey),
    })),
    modelIds,
  });

export const readSetup = (text: string): Setup => {
  const { accounts = [], faucet, validators = [], modelIds = [] } = JSON.parse(text) as SetupJson;
  return {
    accounts: accounts.map((secret) => Keypair.fromSecretKey(secret)),
    faucet: faucet === undefined ? undefined : Keypair.fromSecretKey(faucet),
    validators: validators.map(({ address, secret, protocol }) => ({
      address: parseAddress(address),
      keypair: Keypair.fromSecretKey(secret),
      protocolSecretKey: fromHex(protocol),
    })),
    modelIds: modelIds.map((id) => parseObjectId(id)),
  };
};
