import './errors.js';

export type { UrlPolicy } from './blobs/url-policy.js';
export type { Device } from './engine/runtime.js';
export { createScorer } from './scorer.js';
export type { ScreenedCandidate, ScreenOptions, ScreenReport } from './screen.js';
export type { ScreenError } from './screen-error.js';
export { portScorer, type ScoringHandler, scoringHandler } from './service/handler.js';
export { type ScoringCall, type ScoringService, type ServeScoringOptions, serveScoring } from './service/serve.js';
export { scoringStatus } from './service/status.js';
export type { BlobManifest, DataSource, ModelSource, SourceLimits } from './sources.js';
export type {
  EmbedParameters,
  ModelScore,
  ScoreManyOptions,
  ScoreOutcome,
  ScoreParameters,
  ScoreProgress,
  ScoreResult,
  Scorer,
  ScorerEvent,
  ScorerOptions,
  ScoreTarget,
  ScoreTargetsParameters,
} from './types.js';
