import { bytes, type Field, float, integer, message, string, submessage } from './protobuf.js';

/** Element types of ONNX by the names of safetensors. Source: onnx.proto, TensorProto.DataType. */
export const ONNX_TYPES = {
  F32: 1,
  U8: 2,
  I8: 3,
  I16: 5,
  I32: 6,
  I64: 7,
  BOOL: 9,
  F16: 10,
  F64: 11,
  U32: 12,
  U64: 13,
  BF16: 16,
} as const;

type AttributeValue = number | string | readonly number[] | { readonly float: number };

/** A node; `domain` is empty for the standard operators. */
export interface NodeOptions {
  readonly domain?: string | undefined;
  readonly attributes?: Readonly<Record<string, AttributeValue>> | undefined;
}

/** Where the data of a tensor lies outside of the model. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

const attribute = (name: string, value: AttributeValue): Field => {
  if (typeof value === 'number') return submessage(5, string(1, name), integer(3, value), integer(20, 2));
  if (typeof value === 'string') return submessage(5, string(1, name), string(4, value), integer(20, 3));
  if ('float' in value) return submessage(5, string(1, name), float(2, value.float), integer(20, 1));
  return submessage(5, string(1, name), ...value.map((each) => integer(8, each)), integer(20, 7));
};

/** A size, or the name of one that is known only when the model runs. */
export type Dimension = number | string;

const valueInfo = (field: number, name: string, type: number, shape: readonly Dimension[]): Field => {
  const dims = shape.map((size) => submessage(1, typeof size === 'number' ? integer(1, size) : string(2, size)));
  return submessage(field, string(1, name), submessage(2, submessage(1, integer(1, type), submessage(2, ...dims))));
};

/** Builds one ONNX graph. Every method that makes a value gives its name. */
export const createGraph = () => {
  const nodes: Field[] = [];
  const initializers: Field[] = [];
  const inputs: Field[] = [];
  const outputs: Field[] = [];
  const constants = new Map<string, string>();
  let made = 0;
  const fresh = (hint: string): string => `${hint}_${made++}`;

  /** A node with several outputs; the names of all of them. An empty input name leaves an optional input out. */
  const nodeOf = (
    operator: string,
    from: readonly string[],
    count: number | readonly (string | undefined)[],
    options: NodeOptions = {},
  ): string[] => {
    const names =
      typeof count === 'number'
        ? Array.from({ length: count }, () => fresh(operator))
        : count.map((name) => name ?? fresh(operator));
    const { domain, attributes = {} } = options;
    nodes.push(
      submessage(
        1,
        ...from.map((name) => string(1, name)),
        ...names.map((name) => string(2, name)),
        string(3, fresh('node')),
        string(4, operator),
        ...(domain === undefined ? [] : [string(7, domain)]),
        ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      ),
    );
    return names;
  };

  const constant = (type: number, shape: readonly number[], data: Uint8Array): string => {
    const key = `${type}/${shape.join()}/${data.length <= 64 ? data.join() : made++}`;
    const known = constants.get(key);
    if (known !== undefined) return known;
    const name = fresh('constant');
    constants.set(key, name);
    initializers.push(
      submessage(5, ...shape.map((size) => integer(1, size)), integer(2, type), string(8, name), bytes(9, data)),
    );
    return name;
  };

  return {
    fresh,
    node: (operator: string, from: readonly string[], options: NodeOptions = {}): string =>
      nodeOf(operator, from, 1, options)[0]!,
    nodeOf,
    input(name: string, type: number, shape: readonly Dimension[]): string {
      inputs.push(valueInfo(11, name, type, shape));
      return name;
    },
    /** Gives the value `from` out under `name`. */
    output(name: string, from: string, shape: readonly Dimension[], type: number = ONNX_TYPES.F32): void {
      nodeOf('Identity', [from], [name]);
      outputs.push(valueInfo(12, name, type, shape));
    },
    floats: (shape: readonly number[], values: ArrayLike<number>): string =>
      constant(ONNX_TYPES.F32, shape, new Uint8Array(Float32Array.from(values).buffer)),
    integers: (values: readonly number[]): string =>
      constant(ONNX_TYPES.I64, [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer)),
    /** The whole numbers from `first`, i32. */
    range: (shape: readonly number[], first: number, count: number): string =>
      constant(ONNX_TYPES.I32, shape, new Uint8Array(Int32Array.from({ length: count }, (_, i) => first + i).buffer)),
    external(name: string, type: number, shape: readonly number[], { location, offset, length }: ExternalData): string {
      const entry = (key: string, value: string) => submessage(13, string(1, key), string(2, value));
      initializers.push(
        submessage(
          5,
          ...shape.map((size) => integer(1, size)),
          integer(2, type),
          string(8, name),
          entry('location', location),
          entry('offset', String(offset)),
          entry('length', String(length)),
          integer(14, 1),
        ),
      );
      return name;
    },
    /** The model's bytes. */
    finish: (): Uint8Array =>
      message(
        integer(1, 8),
        string(2, 'somakit'),
        submessage(7, ...nodes, string(2, 'soma'), ...initializers, ...inputs, ...outputs),
        submessage(8, string(1, ''), integer(2, 17)),
        submessage(8, string(1, 'com.microsoft'), integer(2, 1)),
      ),
  };
};

/** A graph that is being built. */
export type Graph = ReturnType<typeof createGraph>;
