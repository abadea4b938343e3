import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SomaKitError } from '@somakit/core';
import type { InferenceSession, TensorConstructor } from 'onnxruntime-node';
import { createGraph, ONNX_TYPES } from '../../core/onnx.js';
import '../errors.js';

/** Where a model is computed. `auto`: CUDA where it works, the CPU otherwise. */
export type Device = 'auto' | 'cpu' | 'cuda' | 'webgpu';

/** The parts of onnxruntime-node in use. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
  readonly env: { readonly versions: { readonly node?: string; readonly common?: string } };
  listSupportedBackends?(): readonly { readonly name: string; readonly bundled: boolean }[];
}

const PACKAGE = 'onnxruntime-node';

/**
 * The engine's library would report its use to its maker, and keep a log of that in the folder for temporary files. It
 * looks at this variable when it is loaded; a thread has only a copy of the variables, so the main one must set it.
 */
export const switchOffTelemetry = (): void => {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
};

/** @throws ENGINE_MISSING */
export const loadRuntime = async (): Promise<OnnxRuntime> => {
  switchOffTelemetry();
  try {
    const loaded = (await import('onnxruntime-node')) as unknown as { readonly default?: OnnxRuntime } & OnnxRuntime;
    return loaded.InferenceSession === undefined ? loaded.default! : loaded;
  } catch (cause) {
    throw new SomaKitError('ENGINE_MISSING', `${PACKAGE} does not load.`, {
      context: { package: PACKAGE },
      hint: `Install it beside this package: npm install ${PACKAGE}@1.30.0 --ignore-scripts`,
      cause,
    });
  }
};

const probe = (): Uint8Array => {
  const graph = createGraph();
  graph.output('y', graph.node('Add', [graph.input('x', ONNX_TYPES.F32, [1]), graph.floats([1], [1])]), [1]);
  return graph.finish();
};

/** Whether the CUDA provider is there: the engine prints errors of its own when it is asked for one that is not. */
const hasCudaProvider = (): boolean => {
  try {
    const folder = join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), '..', 'bin');
    return readdirSync(folder, { recursive: true }).some((name) => String(name).includes('providers_cuda'));
  } catch {
    return false;
  }
};

// The engine would print what it cannot load; the error says it.
const QUIET = { logSeverityLevel: 4 } as const;

/**
 * The device to use, tried out with a graph of one addition.
 *
 * @throws DEVICE_UNAVAILABLE
 */
export const chooseDevice = async (runtime: OnnxRuntime, device: Device): Promise<Exclude<Device, 'auto'>> => {
  if (device === 'cpu') return 'cpu';
  const listed = runtime.listSupportedBackends?.() ?? [{ name: 'cpu', bundled: true }];
  const works = async (name: string): Promise<unknown> => {
    if (!listed.some((backend) => backend.name === name)) return `${PACKAGE} was built without it`;
    if (name === 'cuda' && !hasCudaProvider()) return 'its CUDA provider is not installed';
    try {
      const session = await runtime.InferenceSession.create(probe(), { ...QUIET, executionProviders: [name] });
      await session.run({ x: new runtime.Tensor('float32', new Float32Array(1), [1]) });
      await session.release();
      return undefined;
    } catch (error) {
      return error;
    }
  };
  if (device === 'auto')
    return listed.some(({ name }) => name === 'cuda') && (await works('cuda')) === undefined ? 'cuda' : 'cpu';
  const cause = await works(device);
  if (cause === undefined) return device;
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  throw new SomaKitError('DEVICE_UNAVAILABLE', `The device ${device} cannot be used here: ${reason}`, {
    context: { device, available: ['cpu'] },
    hint:
      device === 'cuda'
        ? `Run ${PACKAGE}'s install script, which fetches the CUDA 12 provider, and check the driver; or use device 'cpu'.`
        : "WebGPU needs a Vulkan loader and adapter; or use device 'cpu'.",
    cause,
  });
};
