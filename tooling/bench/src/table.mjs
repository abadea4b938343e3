/** Ours and the peer take turns this often, because a shared machine is now fast and now slow. The best turn counts. */
const ROUNDS = 3;

const best = (values, smaller) => (smaller ? Math.min(...values) : Math.max(...values));

/** Runs one bench, the peer in turn with ours, and gives its numbers. */
export const row = async (suite, bench, tools) => {
  const { name, unit, goal, smallerIsBetter = false, rounds = ROUNDS } = bench;
  const context = await bench.prepare?.(tools);
  const ours = [];
  const peers = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await bench.ours(tools, context));
    const peer = await bench.peer?.(tools, context);
    if (peer !== undefined) peers.push(peer);
  }
  const our = best(ours, smallerIsBetter);
  const peer = peers.length === 0 ? undefined : best(peers, smallerIsBetter);
  const ratio = peer === undefined ? undefined : our / peer;
  const met = goal === undefined ? undefined : meets(goal, our, ratio, smallerIsBetter);
  return { suite, name, unit, ours: our, peer, peerName: bench.peerName, ratio, goal, smallerIsBetter, met };
};

// A ratio is ours to the peer's: at least the goal where more is better, at most where less is. Unknown without a peer.
const meets = (goal, our, ratio, smaller) => {
  if (goal.atMost !== undefined) return our <= goal.atMost;
  if (goal.atLeast !== undefined) return our >= goal.atLeast;
  if (ratio === undefined) return undefined;
  return smaller ? ratio <= goal.ratio : ratio >= goal.ratio;
};

const number = (value) => {
  if (value === undefined) return '';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
};

const goalText = ({ goal, unit, smallerIsBetter }) => {
  if (goal === undefined) return '';
  if (goal.ratio !== undefined) return `${smallerIsBetter ? '<=' : '>='} ${goal.ratio} x`;
  return goal.atMost !== undefined ? `<= ${number(goal.atMost)} ${unit}` : `>= ${number(goal.atLeast)} ${unit}`;
};

const peerText = ({ peer, peerName }) => (peer !== undefined ? number(peer) : peerName === undefined ? '' : 'missing');
const metText = ({ met }) => (met === undefined ? '' : met ? 'met' : 'NOT MET');

/** The results as one aligned table; ratios are ours to the peer's. */
export const table = (results) => {
  const rows = [
    ['', 'unit', 'ours', 'peer', '', 'ratio', 'goal', ''],
    ...results.map((result) =>
      result.error === undefined
        ? [
            `${result.suite}: ${result.name}`,
            result.unit,
            number(result.ours),
            peerText(result),
            result.peerName ?? '',
            result.ratio === undefined ? '' : result.ratio.toFixed(2),
            goalText(result),
            metText(result),
          ]
        : [`${result.suite}: ${result.name}`, result.unit, 'failed', '', '', '', '', result.error],
    ),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  const right = new Set([2, 3, 5]);
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => (right.has(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  const missing = results.some(
    (result) => result.peerName !== undefined && result.peer === undefined && result.error === undefined,
  );
  return [...lines, ...(missing ? ['', 'peer missing: run `node tooling/interop/setup.mjs` for the ratios'] : [])].join(
    '\n',
  );
};
