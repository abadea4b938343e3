// The layers of docs/architecture.md as data: what each package may import of ours. Imports are transitive downward,
// so the rule of a package is the closure of this table.
const direct = {
  core: [],
  crypto: ['core'],
  bcs: ['crypto'],
  protocol: ['bcs'],
  'tx-builders': ['protocol'],
  rpc: ['protocol'],
  scoring: ['rpc'],
  ledger: ['protocol'],
  localnet: ['ledger', 'rpc'],
  sdk: ['tx-builders', 'rpc'],
  flock: ['core'],
  tinker: ['core'],
};

const closure = (name, seen = new Set()) => {
  for (const below of direct[name]) {
    if (seen.has(below)) continue;
    seen.add(below);
    closure(below, seen);
  }
  return seen;
};

/** For each package the names of the packages that it may import. */
export const layers = Object.fromEntries(Object.keys(direct).map((name) => [name, [...closure(name)].sort()]));
