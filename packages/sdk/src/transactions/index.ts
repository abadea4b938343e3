export * from '@somakit/tx-builders';
