import { invalidArgument, isError, parseJson } from '@somakit/core';
import type { ConfigInput, Device } from '@somakit/scoring';

/** What the options of the engine give. */
export interface EngineFlags {
  readonly modelSize?: string;
  readonly device: string;
  readonly cacheDir?: string;
  readonly dataDir?: string;
  readonly threads?: number;
}

const DEVICES: readonly string[] = ['auto', 'cpu', 'cuda', 'webgpu'];

const configOf = (text: string): ConfigInput => {
  if (text === 'v1' || text === 'small') return text;
  try {
    if (text.startsWith('{')) return parseJson(text) as ConfigInput;
  } catch (error) {
    if (!isError(error)) throw error;
  }
  throw invalidArgument('--model-size', 'v1, small, or a JSON object of the model', text);
};

/** The scorer's options of a command line. @throws INVALID_ARGUMENT */
export const engineOf = ({ modelSize = 'v1', device, cacheDir, dataDir, threads }: EngineFlags) => {
  if (!DEVICES.includes(device)) throw invalidArgument('--device', `one of ${DEVICES.join(', ')}`, device);
  return { config: configOf(modelSize), device: device as Device, cacheDir: cacheDir ?? dataDir, threads };
};
