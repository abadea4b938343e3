import { open } from 'node:fs/promises';
import { parseSafetensors, type Safetensors, safetensorsHeaderLength } from '../safetensors.js';

/**
 * What a safetensors file holds, from its header alone: a few kilobytes are read, however big the file is.
 *
 * @throws SAFETENSORS_INVALID; the system's own errors of reading.
 * @example
 * import { inspectSafetensors } from '@somakit/tinker/node';
 * const { tensors, parameterCount } = await inspectSafetensors('adapter/adapter_model.safetensors');
 */
export const inspectSafetensors = async (path: string): Promise<Safetensors> => {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = new Uint8Array(8);
    const { bytesRead } = await file.read(head, 0, 8, 0);
    const length = 8 + safetensorsHeaderLength(head.subarray(0, bytesRead), size);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const read = await file.read(bytes, at, length - at, at);
      if (read.bytesRead === 0) break;
      at += read.bytesRead;
    }
    return parseSafetensors(bytes, { fileSize: size });
  } finally {
    await file.close();
  }
};
