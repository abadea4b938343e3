export type { QueueEvent, WaitOptions } from './futures.js';
export type {
  Datum,
  ForwardBackwardOutput,
  PromptChunk,
  SampledSequence,
  SampleResult,
  Tensor,
  TensorType,
} from './messages.js';
export type { SampleParameters, SamplingClient, SamplingParameters } from './sampling-client.js';
export {
  type CreateLoraTrainingClientParameters,
  type OpenSessionParameters,
  openSession,
  type TinkerSession,
} from './session.js';
export type {
  AdamParameters,
  ForwardBackwardParameters,
  LossFunction,
  ModelInfo,
  SaveStateParameters,
  TrainingClient,
} from './training-client.js';
