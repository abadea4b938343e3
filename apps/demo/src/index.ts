export { type DemoOptions, type DemoReport, type DemoTransaction, type DemoWallet, runDemo } from './demo.js';
export { printReport } from './print.js';
export { makeWeights } from './weights.js';
