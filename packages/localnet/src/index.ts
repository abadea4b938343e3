export type { CheckpointView, EpochRecord, Head } from './chain/types.js';
export { type Localnet, startLocalnet } from './localnet.js';
export type { LocalnetFork, LocalnetGenesis, LocalnetOptions, PortChoice } from './options.js';
export type { PortName } from './ports.js';
export type { LocalnetScorer, ScoredFile, ScoredModel } from './side/scoring.js';
