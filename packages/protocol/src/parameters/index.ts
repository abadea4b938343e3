export * from './constants.js';
export type { ProtocolParameters } from './protocol-parameters.js';
export { MAX_PROTOCOL_VERSION, MIN_PROTOCOL_VERSION, protocolParameters } from './protocol-parameters.js';
export { systemParameters } from './system-parameters.js';
