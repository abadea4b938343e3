import type { ExecutionFailureStatus } from '@somakit/bcs';

/** The wire has no number for these: the Python client sees a sentence in their place, which the SDK reads back. */
const WITHOUT_NUMBER: Readonly<Record<string, string>> = {
  ArithmeticOverflow: 'Arithmetic overflow in execution',
  ModelInvalidState: 'Model in invalid state for this operation',
  ModelNotCreated: 'Model is not in created state',
};

/** A failure as Rust's derived Debug writes it, which is what the Python client shows. */
export const debugText = (failure: ExecutionFailureStatus): string => {
  const { kind, ...fields } = failure;
  const error = WITHOUT_NUMBER[kind];
  if (error !== undefined) return `SomaError(${debugValue({ kind: 'GenericAuthorityError', error })})`;
  if (kind === 'SomaError') return `SomaError(${debugValue((fields as { readonly error: unknown }).error)})`;
  return `${kind}${debugFields(fields)}`;
};

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const debugFields = (fields: object): string => {
  const entries = Object.entries(fields);
  if (entries.length === 0) return '';
  return ` { ${entries.map(([name, value]) => `${snake(name)}: ${debugValue(value)}`).join(', ')} }`;
};

const isTensor = (value: object): value is { readonly shape: readonly unknown[]; readonly data: Float32Array } =>
  'shape' in value && 'data' in value && value.data instanceof Float32Array;

const debugValue = (value: unknown): string => {
  // An id stands without quotes: its type writes itself.
  if (typeof value === 'string') return /^0x[0-9a-f]{64}$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (isTensor(value)) return debugTensor(value);
  const { kind, ...fields } = value as { readonly kind: string };
  return `${kind}${debugFields(fields)}`;
};

/** Shows three bytes at most, as the tensor library does. */
const debugTensor = ({ shape, data }: { readonly shape: readonly unknown[]; readonly data: Float32Array }): string => {
  const bytes = [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
  const shown = bytes.length > 3 ? [...bytes.slice(0, 3), '"..."'] : bytes;
  const inner = `bytes: Bytes { data: [${shown.join(', ')}], len: ${bytes.length} }, shape: [${shape.join(', ')}], dtype: F32`;
  return `SomaTensor(TensorData { ${inner} })`;
};
