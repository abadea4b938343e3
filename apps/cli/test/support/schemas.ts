import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { fileOf } from '../../src/schemas/generate.js';

const ajv = new Ajv2020({
  strict: true,
  allErrors: true,
  formats: { date: /^\d{4}-\d\d-\d\d$/ },
  allowUnionTypes: true,
});
const known = new Map<string, ValidateFunction>();

const validatorOf = (name: string): ValidateFunction => {
  const found = known.get(name);
  if (found !== undefined) return found;
  const file = new URL(`../../schemas/${fileOf(name)}`, import.meta.url);
  if (!existsSync(file)) {
    throw new RangeError(
      `${name} has no published schema: add it to src/schemas and run \`pnpm --filter somakit schemas\``,
    );
  }
  const made = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
  known.set(name, made);
  return made;
};

/** A printed line (or the object in it) has the shape that is published for the `schema` that it names. */
export const expectSchema = <T = Record<string, unknown>>(line: string | object): T => {
  const value = (typeof line === 'string' ? JSON.parse(line) : line) as { schema?: unknown };
  expect(Object.keys(value)[0], `the first member of ${JSON.stringify(value)}`).toBe('schema');
  const name = String(value.schema);
  const validate = validatorOf(name);
  const problem = validate(value) ? '' : ajv.errorsText(validate.errors, { dataVar: name });
  if (problem !== '') throw new RangeError(`${problem}: ${JSON.stringify(value)}`);
  return value as T;
};
