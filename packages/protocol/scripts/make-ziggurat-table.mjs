// Writes src/random/ziggurat-table.ts from the golden bits. Run: node packages/protocol/scripts/make-ziggurat-table.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const vectors = new URL('../../../tooling/vectors/data/embedding.json', import.meta.url);
const { ziggurat } = JSON.parse(readFileSync(vectors, 'utf8'));
const lines = (bits) => {
  const rows = [];
  for (let i = 0; i < bits.length; i += 6) rows.push(`  ${bits.slice(i, i + 6).join(' ')}`);
  return rows.join('\n');
};
writeFileSync(
  new URL('../src/random/ziggurat-table.ts', import.meta.url),
  `// Made by scripts/make-ziggurat-table.mjs from the golden data. Not to be edited.

/** The 257 abscissae of the 256 layers, as big-endian binary64 bits in hex. */
export const ZIGGURAT_X_BITS = \`
${lines(ziggurat.x_f64_bits)}
\`;

/** exp(-x^2/2) of the 257 abscissae as the reference holds them (three differ in the last bit from what the formula gives). */
export const ZIGGURAT_F_BITS = \`
${lines(ziggurat.f_f64_bits)}
\`;
`,
);
