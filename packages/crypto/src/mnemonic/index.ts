export * from './mnemonic.js';
