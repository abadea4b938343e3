export { type ManualClock, manualClock } from './clock.js';
export { seededRandom } from './random.js';
