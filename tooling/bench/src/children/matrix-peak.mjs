// The rate of one large matrix product in the engine itself: what scoring can reach at most.
import { createRequire } from 'node:module';

const ROWS = 1024;
const DEPTH = 2048;
const COLUMNS = 8192;
const GFLOP = (2 * ROWS * DEPTH * COLUMNS) / 1e9;

const varint = (value) => {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
};
const bytes = (number, value) =>
  Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(value.length)]), value]);
const integer = (number, value) => Buffer.from([...varint(number * 8), ...varint(value)]);
const message = (number, ...fields) => bytes(number, Buffer.concat(fields));
const text = (number, value) => bytes(number, Buffer.from(value));
const valueInfo = (number, name, shape) =>
  message(
    number,
    text(1, name),
    message(2, message(1, integer(1, 1), message(2, ...shape.map((size) => message(1, integer(1, size)))))),
  );

const product = () => {
  const weights = Float32Array.from({ length: DEPTH * COLUMNS }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
  return Buffer.concat([
    integer(1, 8),
    message(
      7,
      message(1, text(1, 'x'), text(1, 'w'), text(2, 'y'), text(4, 'MatMul')),
      text(2, 'peak'),
      message(
        5,
        integer(1, DEPTH),
        integer(1, COLUMNS),
        integer(2, 1),
        text(8, 'w'),
        bytes(9, Buffer.from(weights.buffer)),
      ),
      valueInfo(11, 'x', [ROWS, DEPTH]),
      valueInfo(12, 'y', [ROWS, COLUMNS]),
    ),
    message(8, text(1, ''), integer(2, 17)),
  ]);
};

/** Opens the product; each call of the result measures it a few times and gives the best seconds for one GFLOP. */
export const openMatrixPeak = async () => {
  const scoring = createRequire(import.meta.resolve('@somakit/scoring/package.json'));
  const { InferenceSession, Tensor } = scoring('onnxruntime-node');
  const session = await InferenceSession.create(product());
  const x = new Tensor(
    'float32',
    Float32Array.from({ length: ROWS * DEPTH }, (_, i) => ((i * 31) % 97) / 97),
    [ROWS, DEPTH],
  );
  return async (timed, times = 5) => {
    const all = [];
    for (let i = 0; i < times; i++) all.push(await timed(() => session.run({ x })));
    const best = (key) => Math.min(...all.map((each) => each[key])) / GFLOP;
    return { seconds: best('seconds'), cpuSeconds: best('cpuSeconds') };
  };
};
