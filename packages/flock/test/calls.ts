import type { FlockClient } from '../src/index.js';

/** What a case of flock-captures.json does, by the call that the peer makes. */
export const callOf = (id: string): ((client: FlockClient) => Promise<unknown>) => {
  const call = CALLS[id];
  if (call === undefined) throw new Error(`no call for the case ${id}`);
  return call;
};

const W = '0xB93A9c73751Bbca8E1924954271ee8d4De5747c9';
const model = {
  taskId: 7,
  repo: 'clepelaars/task-7-Qwen-Qwen2.5-7B-Instruct',
  baseModel: 'qwen1.5',
  revision: '9f2c1d7e5b8a4c3d2e1f0a9b8c7d6e5f4a3b2c1d',
};

const CALLS: Readonly<Record<string, (client: FlockClient) => Promise<unknown>>> = {
  health: (client) => client.health(),
  'get-task-1-json': (client) => client.getTask({ taskId: 1 }),
  'get-task-1-frame': (client) => client.getTask({ taskId: 1, as: 'frame' }),
  'get-task-7-json': (client) => client.getTask({ taskId: 7 }),
  'get-task-7-frame': (client) => client.getTask({ taskId: 7, as: 'frame' }),
  'open-tasks-json': (client) => client.openTasks(),
  'open-tasks-frame': (client) => client.openTasks({ as: 'frame' }),
  'finalized-tasks-json': (client) => client.finalizedTasks(),
  'finalized-tasks-frame': (client) => client.finalizedTasks({ as: 'frame' }),
  'list-all-tasks': (client) => client.listTasks(),
  'get-subs-7-json': (client) => client.getSubmissions({ taskId: 7 }),
  'get-subs-7-frame': (client) => client.getSubmissions({ taskId: 7, as: 'frame' }),
  'get-subs-3-frame-scored': (client) => client.getSubmissions({ taskId: 3, as: 'frame' }),
  'get-subs-no-key': (client) => client.getSubmissions({ taskId: 7 }),
  'sub-stats-json': (client) => client.submissionStats(),
  'sub-stats-frame': (client) => client.submissionStats({ as: 'frame' }),
  'val-stats-frame': (client) => client.validationStats({ as: 'frame' }),
  'wallet-subs-json': (client) => client.wallet(W).submissions(),
  'wallet-subs-frame': (client) => client.wallet(W).submissions({ as: 'frame' }),
  'wallet-achievements-validator': (client) => client.wallet(W).achievements({ role: 'validator', as: 'frame' }),
  'wallet-achievements-node': (client) => client.wallet(W).achievements({ role: 'node', as: 'frame' }),
  'wallet-enrolled': (client) => client.wallet(W).enrolledTasks(),
  'wallet-subs-page-0': (client) => client.wallet(W).submissions({ page: 0 }),
  'wallet-subs-size-101': (client) => client.wallet(W).submissions({ size: 101 }),
  'wallet-achievements-bad-role': (client) => client.wallet(W).achievements({ role: 'trainer' as 'node' }),
  'submit-task-ok': (client) => client.submitTask({ ...model, gpuType: 'NVIDIA H200' }),
  'submit-task-no-gpu': (client) => client.submitTask({ ...model, gpuType: 'CPU' }),
  'submit-task-not-staked': (client) => client.submitTask({ ...model, gpuType: 'NVIDIA H200' }),
  'assignment-request': (client) => client.requestAssignment({ taskId: '7' }),
  'assignment-complete': (client) =>
    client.completeAssignment({ assignmentId: '4711', metrics: { loss: 1.5328, gpu_type: 'NVIDIA H200' } }),
  'assignment-failed': (client) => client.failAssignment({ assignmentId: '4711' }),
  'assignment-none-left': (client) => client.requestAssignment({ taskId: 7 }),
};
