/** A matrix in 8 bits: each column has its own scale. */
export interface QuantisedMatrix {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Rounds a row-major matrix to whole numbers of -`limit` to `limit`, column by column. */
export const quantiseColumns = (matrix: Float32Array, columns: number, limit = 127): QuantisedMatrix => {
  const scales = new Float32Array(columns);
  for (let at = 0; at < matrix.length; at += columns) {
    for (let column = 0; column < columns; column++) {
      const size = Math.abs(matrix[at + column]!);
      if (size > scales[column]!) scales[column] = size;
    }
  }
  const factors = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    // A column of zeros keeps a scale that does no harm.
    scales[column] = scales[column]! > 0 ? scales[column]! / limit : 1;
    factors[column] = 1 / scales[column]!;
  }
  const values = new Int8Array(matrix.length);
  for (let at = 0; at < matrix.length; at += columns) {
    for (let column = 0; column < columns; column++) {
      values[at + column] = Math.round(matrix[at + column]! * factors[column]!);
    }
  }
  return { values, scales };
};

/** Whether screening rounds a weight: the matrices of the layers, not the first and the last. */
export const isScreened = (key: string): boolean =>
  key.startsWith('encoder.') && /\.(?:query|key|value|output|linear_inner|linear_outer)\.weight$/.test(key);

/** How well two rankings agree: 1 for the same order, -1 for the reverse (Spearman). NaN below two values. */
export const rankCorrelation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const ranks = (values: ArrayLike<number>): number[] => {
    const order = Array.from({ length: values.length }, (_, i) => i).sort((x, y) => values[x]! - values[y]!);
    const found: number[] = [];
    for (let start = 0; start < order.length; ) {
      let end = start;
      while (end < order.length && values[order[end]!] === values[order[start]!]) end += 1;
      // Equal values share the mean of their ranks.
      for (let i = start; i < Math.max(end, start + 1); i++)
        found[order[i]!] = (start + Math.max(end, start + 1) - 1) / 2;
      start = Math.max(end, start + 1);
    }
    return found;
  };
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (x[i]! - mean) * (y[i]! - mean);
    xx += (x[i]! - mean) ** 2;
    yy += (y[i]! - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
};
