export { fileSink } from './file-sink.js';
