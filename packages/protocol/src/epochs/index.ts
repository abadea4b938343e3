export type { EpochClock, EpochTiming } from './clock.js';
export { epochClock } from './clock.js';
export type { EmissionPool, EpochRewardInputs, SafeModeFigures } from './emission.js';
export { divideEpochRewards, drawEmission, enterSafeMode } from './emission.js';
export type { ValueFeeParameters } from './fee-adjustment.js';
export { adjustValueFee } from './fee-adjustment.js';
export type { EpochWindow, WindowPosition, WindowTimes } from './windows.js';
export {
  auditWindow,
  claimWindow,
  commitWindow,
  expiredClaimWindow,
  positionIn,
  revealWindow,
  stakeWindow,
  submissionWindow,
  windowTimes,
} from './windows.js';
