import { createGraph, ONNX_TYPES } from '../../core/onnx.js';
import type { OnnxRuntime } from './runtime.js';

const LENGTH = 64;

/**
 * The largest whole number that a matrix in 8 bits may have on this processor: 127, or 63 where its kernel adds two
 * products in 16 bits, which overflow (x86 without VNNI). Tried out with a product that would.
 */
export const int8Limit = async ({ InferenceSession, Tensor }: OnnxRuntime): Promise<number> => {
  const graph = createGraph();
  const x = graph.input('x', ONNX_TYPES.F32, [4, LENGTH]);
  const matrix = graph.input('w', ONNX_TYPES.I8, [LENGTH, LENGTH]);
  const scale = graph.input('s', ONNX_TYPES.F32, [LENGTH]);
  const product = graph.node('DynamicQuantizeMatMul', [x, matrix, scale], { domain: 'com.microsoft' });
  graph.output('y', product, [4, LENGTH]);
  const session = await InferenceSession.create(graph.finish(), { logSeverityLevel: 3 });
  try {
    const { y } = await session.run({
      x: new Tensor('float32', new Float32Array(4 * LENGTH).fill(1), [4, LENGTH]),
      w: new Tensor('int8', new Int8Array(LENGTH * LENGTH).fill(127), [LENGTH, LENGTH]),
      s: new Tensor('float32', new Float32Array(LENGTH).fill(1 / 127), [LENGTH]),
    });
    return (y!.data as Float32Array).every((value) => Math.abs(value / LENGTH - 1) < 0.01) ? 127 : 63;
  } finally {
    await session.release();
  }
};
