export { fileSink } from '@somakit/core/node';
export { createDataServer, type DataServer, type DataServerOptions, type ServedData } from '@somakit/rpc/node';
export type { WalletEnvironment } from './client-yaml.js';
export { WALLET_VARIABLES } from './variables.js';
export {
  type AddKeyParameters,
  type GenerateKeyParameters,
  type OpenWalletOptions,
  openWallet,
  type Wallet,
  type WalletClientOptions,
  type WalletKey,
  type WalletPassword,
} from './wallet.js';
