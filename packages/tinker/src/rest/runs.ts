import { TrainingRun, TrainingRunsList, WeightsInfo } from '../answers.js';
import { type WalkOptions, walkOffsets } from '../paging.js';
import { escapeSegment, parseTinkerPath } from '../tinker-path.js';
import type { CallOptions, Transport } from '../transport.js';
import { checkCount, checkScope, checkText, type PageParameters, type Scoped } from './parameters.js';

export interface GetTrainingRunParameters extends CallOptions, Scoped {
  readonly trainingRunId: string;
}

export interface TinkerPathParameters extends CallOptions {
  /** `tinker://<run>/<kind>/<name>`. */
  readonly tinkerPath: string;
}

export interface ListTrainingRunsParameters extends PageParameters, Scoped {
  readonly projectId?: string | undefined;
}

export const createRunCalls = (transport: Transport) => {
  const getTrainingRun = async ({
    trainingRunId,
    accessScope,
    ...options
  }: GetTrainingRunParameters): Promise<TrainingRun> =>
    transport.call(
      {
        sdkMethod: 'RestClient.get_training_run',
        method: 'GET',
        path: `/training_runs/${escapeSegment('trainingRunId', trainingRunId)}`,
        query: { access_scope: checkScope(accessScope) },
      },
      TrainingRun,
      options,
    );

  /** One page of training runs. `limit` 20 and `offset` 0 when left out. */
  const listTrainingRuns = async ({
    limit = 20,
    offset = 0,
    accessScope,
    projectId,
    ...options
  }: ListTrainingRunsParameters = {}): Promise<TrainingRunsList> =>
    transport.call(
      {
        sdkMethod: 'RestClient.list_training_runs',
        method: 'GET',
        path: '/training_runs',
        query: {
          limit: checkCount('limit', limit),
          offset: checkCount('offset', offset),
          access_scope: checkScope(accessScope),
          project_id: projectId,
        },
      },
      TrainingRunsList,
      options,
    );

  return {
    /** One training run. `accessScope: 'accessible'` also finds those of others that one may see. */
    getTrainingRun,
    /** The training run that a checkpoint belongs to. @throws TINKER_PATH */
    getTrainingRunByTinkerPath: async ({
      tinkerPath,
      ...rest
    }: TinkerPathParameters & Scoped): Promise<TrainingRun> => {
      const { accessScope, ...options } = rest;
      return transport.call(
        {
          sdkMethod: 'RestClient.get_training_run_by_tinker_path',
          method: 'GET',
          path: `/training_runs/${escapeSegment('tinkerPath', parseTinkerPath(tinkerPath).trainingRunId)}`,
          query: { access_scope: checkScope(accessScope) },
        },
        TrainingRun,
        options,
      );
    },
    /** What is needed to load a checkpoint. The path goes to the server as it is. */
    getWeightsInfoByTinkerPath: async ({ tinkerPath, ...options }: TinkerPathParameters): Promise<WeightsInfo> =>
      transport.call(
        {
          sdkMethod: 'RestClient.get_weights_info_by_tinker_path',
          method: 'POST',
          path: '/weights_info',
          json: { tinker_path: checkText('tinkerPath', tinkerPath) },
        },
        WeightsInfo,
        options,
      ),
    listTrainingRuns,
    /** All training runs, newest first, page by page as they are asked for. */
    iterateTrainingRuns: ({
      pageSize = 100,
      offset,
      limit,
      ...parameters
    }: Omit<ListTrainingRunsParameters, 'limit' | 'offset'> & WalkOptions = {}): AsyncGenerator<TrainingRun> =>
      walkOffsets(
        async (page) => {
          const { trainingRuns, cursor } = await listTrainingRuns({ ...parameters, ...page });
          return { items: trainingRuns, cursor };
        },
        ({ trainingRunId }) => trainingRunId,
        { pageSize: checkCount('pageSize', pageSize), offset, limit, signal: parameters.signal },
      ),
  };
};
