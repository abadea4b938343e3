import { createMemoryTransport } from '../../src/memory/index.js';
import { clientSuite } from '../support/client-suite.js';
import { marketServices } from '../support/market-services.js';

clientSuite('memory', () => createMemoryTransport({ services: marketServices() }));
