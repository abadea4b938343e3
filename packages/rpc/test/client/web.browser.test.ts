import { inject } from 'vitest';
import { createWebTransport } from '../../src/web/index.js';
import { clientSuite } from '../support/client-suite.js';

const url = inject('marketUrl');

clientSuite('gRPC-Web from a page', () => createWebTransport({ url }));
