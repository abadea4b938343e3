export { fileSink } from '@somakit/core/node';
