const MAX_WAVELENGTH = 10_000;

/**
 * The timescales of a head: 10000^(2i/width) in double precision, rounded to f32.
 *
 * Source: models/src/v1/modules/attention.rs.
 */
export const timescales = (headDim: number): Float32Array =>
  Float32Array.from({ length: headDim / 2 }, (_, i) => MAX_WAVELENGTH ** ((2 * i) / headDim));

/** Cosines and sines of the rotation at each position, [positions, headDim / 2]. */
export interface RopeTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * The rotation's tables for the positions of a sequence. Positions and angles are f32; above 2^24 neighbours coincide.
 */
export const ropeTables = (positions: Uint32Array, headDim: number): RopeTables => {
  const scales = timescales(headDim);
  const half = scales.length;
  const cos = new Float32Array(positions.length * half);
  const sin = new Float32Array(positions.length * half);
  for (let row = 0; row < positions.length; row++) {
    const at = row * half;
    // The places behind the data share one position.
    if (row > 0 && positions[row] === positions[row - 1]) {
      cos.copyWithin(at, at - half, at);
      sin.copyWithin(at, at - half, at);
      continue;
    }
    const position = Math.fround(positions[row]!);
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position / scales[i]!);
      cos[at + i] = Math.cos(angle);
      sin[at + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
};
