import { formatSoma } from '@somakit/core';
import type { DemoReport } from './types.js';

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** The report for people. */
export const printReport = ({ wallets, submissions, transactions, steps, misses }: DemoReport): string => {
  const soma = (shannons: bigint): string => formatSoma(shannons);
  return [
    table([
      ['wallet', 'what', 'fee (SOMA)', 'digest'],
      ...transactions.map(({ wallet, what, fee, digest }) => [wallet, what, soma(fee), digest]),
    ]),
    '',
    table([
      ['file', 'bytes', 'distance', 'loss', 'reward (SOMA)', 'bond (SOMA)'],
      ...submissions.map(({ file, bytes, distance, loss, reward, bond }) => [
        file,
        String(bytes),
        distance.toFixed(4),
        loss.toFixed(4),
        soma(reward),
        soma(bond),
      ]),
    ]),
    ...(misses.length === 0 ? [] : [`no open target in reach for: ${misses.join(', ')}`]),
    '',
    table([
      ['wallet', 'address', 'funded', 'staked', 'fees', 'rewards', 'balance (SOMA)'],
      ...wallets.map(({ name, address, funded, staked, fees, rewards, balance }) => [
        name,
        `${address.slice(0, 10)}…`,
        soma(funded),
        soma(staked),
        soma(fees),
        soma(rewards),
        soma(balance),
      ]),
    ]),
    '',
    table([['step', 'ms'], ...steps.map(({ name, ms }) => [name, String(ms)])]),
  ].join('\n');
};
