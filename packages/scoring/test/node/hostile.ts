import { brokenFrom } from '../hostile.js';
import { modelBytes } from './files.js';

export const brokenWeights = (name: string): [string, Uint8Array][] => brokenFrom(modelBytes(name));
