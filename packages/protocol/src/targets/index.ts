export { deriveSeed as targetSeed } from '@somakit/crypto';
export type { DifficultyParameters, Scalar } from './difficulty.js';
export { adjustDifficulty, updateHitsEma } from './difficulty.js';
export { targetEmbedding } from './embedding.js';
export { genesisModelEmbedding } from './genesis.js';
export type { ModelCandidate, ModelMatch } from './selection.js';
export { createModelSelector, modelVotingPowers, selectModels } from './selection.js';
export type { RewardShares, TargetRewardParameters } from './shares.js';
export {
  claimShares,
  expiredShares,
  genesisRewardPerTarget,
  mayCreateTarget,
  rewardPerTarget,
  splitBond,
  submissionBond,
  targetBudget,
} from './shares.js';
