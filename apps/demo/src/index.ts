export { runDemo } from './demo.js';
export { printReport } from './print.js';
export type { DemoOptions, DemoReport, DemoStep, DemoSubmission, DemoTransaction, DemoWallet } from './types.js';
