// The answers of the API (rest_client.py and types/*.py of the Python package tinker 0.38.0). Where a field may be
// missing or null there, it is null here.
import {
  anyObject,
  flag,
  float,
  type Infer,
  integer,
  list,
  object,
  optional,
  record,
  tagged,
  text,
  time,
} from './codec.js';

const metadata = /* @__PURE__ */ optional(/* @__PURE__ */ record(text));
const some = /* @__PURE__ */ optional(text);

/** Where a page stands in its list. */
export const Cursor = /* @__PURE__ */ object('Cursor', { offset: integer, limit: integer, totalCount: integer });
export type Cursor = Infer<typeof Cursor>;

/** A saved state of a training run. */
export const Checkpoint = /* @__PURE__ */ object('Checkpoint', {
  /** `<kind>/<name>`. */
  checkpointId: text,
  /** `training`, `sampler` or `external`; what a newer server adds comes as it is. */
  checkpointType: text,
  time,
  tinkerPath: text,
  sizeBytes: /* @__PURE__ */ optional(integer),
  public: /* @__PURE__ */ optional(flag, () => false),
  userMetadata: metadata,
  /** Null: never. */
  expiresAt: /* @__PURE__ */ optional(time),
});
export type Checkpoint = Infer<typeof Checkpoint>;

export const CheckpointsList = /* @__PURE__ */ object('CheckpointsList', {
  checkpoints: /* @__PURE__ */ list(Checkpoint),
  /** Null in the list of one run, which comes whole. */
  cursor: /* @__PURE__ */ optional(Cursor),
});
export type CheckpointsList = Infer<typeof CheckpointsList>;

export const TrainingRun = /* @__PURE__ */ object('TrainingRun', {
  trainingRunId: text,
  baseModel: text,
  modelOwner: text,
  isLora: flag,
  corrupted: /* @__PURE__ */ optional(flag, () => false),
  loraRank: /* @__PURE__ */ optional(integer),
  lastRequestTime: time,
  lastCheckpoint: /* @__PURE__ */ optional(Checkpoint),
  lastSamplerCheckpoint: /* @__PURE__ */ optional(Checkpoint),
  userMetadata: metadata,
});
export type TrainingRun = Infer<typeof TrainingRun>;

export const TrainingRunsList = /* @__PURE__ */ object('TrainingRunsList', {
  trainingRuns: /* @__PURE__ */ list(TrainingRun),
  cursor: Cursor,
});
export type TrainingRunsList = Infer<typeof TrainingRunsList>;

/** What is needed to load a checkpoint, a public one of somebody else included. */
export const WeightsInfo = /* @__PURE__ */ object('WeightsInfo', {
  baseModel: text,
  /** As the server sends it; families differ in their fields. */
  optimizerConfig: /* @__PURE__ */ optional(anyObject, () => ({ type: 'adamw' })),
  isLora: flag,
  loraRank: /* @__PURE__ */ optional(integer),
  trainUnembed: /* @__PURE__ */ optional(flag),
  trainMlp: /* @__PURE__ */ optional(flag),
  trainAttn: /* @__PURE__ */ optional(flag),
});
export type WeightsInfo = Infer<typeof WeightsInfo>;

/** A signed link: whoever has it can download until it expires, so keep it out of logs. */
export const ArchiveUrl = /* @__PURE__ */ object('ArchiveUrl', { url: text, expires: time });
export type ArchiveUrl = Infer<typeof ArchiveUrl>;

/** Signed links by file name. The names come from the server: check them before writing anything by them. */
export const ExternalWeightsUrls = /* @__PURE__ */ object('ExternalWeightsUrls', {
  urls: /* @__PURE__ */ record(text),
  expires: time,
});
export type ExternalWeightsUrls = Infer<typeof ExternalWeightsUrls>;

export const Session = /* @__PURE__ */ object('Session', {
  trainingRunIds: /* @__PURE__ */ list(text),
  samplerIds: /* @__PURE__ */ list(text),
  userMetadata: metadata,
  displayName: some,
});
export type Session = Infer<typeof Session>;

/** Ids only, and without a total. */
export const SessionsList = /* @__PURE__ */ object('SessionsList', { sessions: /* @__PURE__ */ list(text) });
export type SessionsList = Infer<typeof SessionsList>;

export const Sampler = /* @__PURE__ */ object('Sampler', { samplerId: text, baseModel: text, modelPath: some });
export type Sampler = Infer<typeof Sampler>;

export const AuditLogEntry = /* @__PURE__ */ object('AuditLogEntry', {
  timestamp: time,
  /** `<resource>_<action>`, such as `checkpoint_read`. */
  event: text,
  eventDetails: /* @__PURE__ */ optional(anyObject, () => ({})),
  /** On checkpoint events only. Newer servers say it in `eventDetails`. */
  modelId: some,
  tinkerPath: some,
  purpose: some,
});
export type AuditLogEntry = Infer<typeof AuditLogEntry>;

export const AuditLog = /* @__PURE__ */ object('AuditLog', { entries: /* @__PURE__ */ list(AuditLogEntry) });
export type AuditLog = Infer<typeof AuditLog>;

export const SupportedModel = /* @__PURE__ */ object('SupportedModel', {
  modelName: some,
  /** In tokens. */
  maxContextLength: /* @__PURE__ */ optional(integer),
  trainable: /* @__PURE__ */ optional(flag),
  sampleable: /* @__PURE__ */ optional(flag),
});
export type SupportedModel = Infer<typeof SupportedModel>;

export const ServerCapabilities = /* @__PURE__ */ object('ServerCapabilities', {
  supportedModels: /* @__PURE__ */ list(SupportedModel),
});
export type ServerCapabilities = Infer<typeof ServerCapabilities>;

export const Health = /* @__PURE__ */ object('Health', { status: text });
export type Health = Infer<typeof Health>;

/** Who the credential belongs to. */
export const Whoami = /* @__PURE__ */ object('Whoami', { userUrn: text, orgUrn: some, email: some });
export type Whoami = Infer<typeof Whoami>;

export const TraceExport = /* @__PURE__ */ object('TraceExport', { status: text, url: some, error: some });
export type TraceExport = Infer<typeof TraceExport>;

export const CopiedWeights = /* @__PURE__ */ object('CopiedWeights', { tinkerPath: text });

const sessionStatus = /* @__PURE__ */ tagged({
  active: {},
  cancelled: { detail: some },
  failed: {
    category: text,
    reason: /* @__PURE__ */ tagged({
      request: { requestId: text, requestType: text },
      training_run: { trainingRunId: text },
      sampling_session: { samplingSessionId: text },
    }),
    message: text,
  },
  client_finished: {
    reason: /* @__PURE__ */ tagged({ success: {}, errored: {}, interrupted: {} }),
    detail: some,
  },
});

export const SessionSummary = /* @__PURE__ */ object('SessionSummary', {
  sessionId: text,
  createdAt: time,
  owner: text,
  projectId: text,
  /** Null: neither finished nor known to be running. */
  status: /* @__PURE__ */ optional(sessionStatus),
  checkpointsCount: integer,
  displayName: some,
  userMetadata: metadata,
  checkpointStorageBytes: /* @__PURE__ */ optional(integer),
});
export type SessionSummary = Infer<typeof SessionSummary>;

export const SessionSearchCursor = /* @__PURE__ */ object('SessionSearchCursor', {
  lastCreatedAt: time,
  lastSessionId: text,
});
export type SessionSearchCursor = Infer<typeof SessionSearchCursor>;

export const SessionSearchPage = /* @__PURE__ */ object('SessionSearchPage', {
  sessions: /* @__PURE__ */ list(SessionSummary),
  nextCursor: /* @__PURE__ */ optional(SessionSearchCursor),
});
export type SessionSearchPage = Infer<typeof SessionSearchPage>;

export const BillingUsageEvent = /* @__PURE__ */ object('BillingUsageEvent', {
  bucketStart: time,
  bucketEnd: time,
  baseModel: some,
  userId: some,
  userName: some,
  sessionId: some,
  projectId: some,
  /** Before credits and commitments. */
  estimatedCostUsd: /* @__PURE__ */ optional(float),
  effectiveRateUsdPerMillionTokens: /* @__PURE__ */ optional(float),
  /** A month has 720 hours here. */
  effectiveRateUsdPerGigabyteMonth: /* @__PURE__ */ optional(float),
  eventInfo: /* @__PURE__ */ tagged({
    training: { tokenCount: integer },
    sampling_prefill: { cached: flag, tokenCount: integer },
    sampling_sample: { tokenCount: integer },
    checkpoint: { count: integer },
    storage: { free: /* @__PURE__ */ optional(flag, () => false), gigabyteHours: float },
  }),
});
export type BillingUsageEvent = Infer<typeof BillingUsageEvent>;

export const BillingUsage = /* @__PURE__ */ object('BillingUsage', {
  data: /* @__PURE__ */ list(BillingUsageEvent),
  /** By session id. */
  sessions: /* @__PURE__ */ optional(
    /* @__PURE__ */ record(/* @__PURE__ */ object('BillingUsageSession', { userMetadata: metadata })),
    () => ({}),
  ),
  costDataThrough: /* @__PURE__ */ optional(time),
});
export type BillingUsage = Infer<typeof BillingUsage>;

export const StorageUsage = /* @__PURE__ */ object('StorageUsage', {
  effectiveRateUsdPerGigabyteMonth: /* @__PURE__ */ optional(float),
  data: /* @__PURE__ */ list(
    /* @__PURE__ */ object('StorageUsageRow', {
      projectId: some,
      orgUserUrn: some,
      userEmail: some,
      userName: some,
      checkpointCount: integer,
      sizeBytes: integer,
      sizeGigabytes: float,
      estimatedMonthlyCostUsd: /* @__PURE__ */ optional(float),
    }),
  ),
});
export type StorageUsage = Infer<typeof StorageUsage>;
