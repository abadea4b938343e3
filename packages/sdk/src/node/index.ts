export { fileSink } from '@somakit/core/node';
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
