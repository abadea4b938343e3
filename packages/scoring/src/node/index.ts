import './errors.js';

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
export type { ScreenError, ScreenedCandidate, ScreenOptions, ScreenReport } from './screen.js';
export { portScorer, type ScoringHandler, scoringHandler } from './service/handler.js';
export { type ScoringCall, type ScoringService, type ServeScoringOptions, serveScoring } from './service/serve.js';
export { scoringStatus } from './service/status.js';
export type { BlobManifest, DataSource, ModelSource, SourceLimits } from './sources.js';
