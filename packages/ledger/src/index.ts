export type { BalanceChange } from './balance.js';
export { balanceChanges } from './balance.js';
export type { Certifier } from './checkpoints/certify.js';
export { createCertifier } from './checkpoints/certify.js';
export { committeeOf } from './checkpoints/committee.js';
export type { ForkOptions, LedgerOptions, LedgerSettings, RecordedGenesis } from './create.js';
export { createLedger, forkLedger } from './create.js';
export type { ObjectChange } from './execution/outcome.js';
export type { LedgerTransaction } from './execution/transaction.js';
export { buildGenesis } from './genesis/build.js';
export type {
  Genesis,
  GenesisAccount,
  GenesisModel,
  GenesisOptions,
  GenesisValidator,
  ParameterOverrides,
  ValidatorKeys,
} from './genesis/options.js';
export type { LedgerObject, ObjectKind } from './object.js';
export { coinBalance, stakedSoma, systemStateOf, targetOf } from './object.js';
export type { MemoryStoreOptions } from './store/memory.js';
export { createMemoryStore } from './store/memory.js';
export type { CheckpointRecord, LedgerStore, ObjectFilter, TransactionRecord } from './store/types.js';
export type {
  EpochAdvance,
  EpochOptions,
  ExecutionResult,
  Ledger,
  LedgerCheckpoint,
  LedgerSupply,
  RecordedCheckpoint,
  SimulationResult,
  TimeOptions,
} from './types.js';
