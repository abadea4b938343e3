export { fileSink } from '@somakit/core/node';
export { createDataServer, type DataServer, type DataServerOptions, type ServedData } from '@somakit/rpc/node';
export type { WalletEnvironment } from './client-yaml.js';
export { WALLET_VARIABLES } from './variables.js';
export { openWallet } from './wallet.js';
export type {
  AddKeyParameters,
  GenerateKeyParameters,
  OpenWalletOptions,
  Wallet,
  WalletClientOptions,
  WalletKey,
  WalletPassword,
} from './wallet-types.js';
