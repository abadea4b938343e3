export type { UrlPolicy } from './blobs/url-policy.js';
export type { Device } from './engine/runtime.js';
export {
  createScorer,
  type EmbedParameters,
  type ModelScore,
  type ScoreManyOptions,
  type ScoreOutcome,
  type ScoreParameters,
  type ScoreProgress,
  type ScoreResult,
  type Scorer,
  type ScorerEvent,
  type ScorerOptions,
  type ScoreTarget,
  type ScoreTargetsParameters,
} from './scorer.js';
export type { BlobManifest, DataSource, ModelSource, SourceLimits } from './sources.js';
