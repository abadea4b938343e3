import { readdirSync } from 'node:fs';
import { z } from 'zod';
import type { Shapes } from './shape.js';

const NAME = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*\/[1-9]\d*$/;

/** The file of a shape: `flock.task/1` is in `flock.task.1.json`. */
export const fileOf = (name: string): string => `${name.replace('/', '.')}.json`;

/** All shapes of this folder: each file but these three exports `shapes`. */
const readShapes = async (): Promise<Shapes> => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => /^[\w-]+\.ts$/.test(file));
  const all: Record<string, z.ZodObject> = {};
  for (const file of files.sort()) {
    if (file === 'shape.ts' || file === 'generate.ts') continue;
    const { shapes } = (await import(new URL(file, import.meta.url).href)) as { shapes: Shapes };
    for (const [name, shape] of Object.entries(shapes)) {
      if (!NAME.test(name)) throw new RangeError(`${file}: ${name} is not of the form name/1`);
      if (Object.hasOwn(all, name)) throw new RangeError(`${file}: ${name} is there twice`);
      all[name] = shape;
    }
  }
  return all;
};

/** The published JSON schemas, by file name. */
export const generateSchemas = async (): Promise<ReadonlyMap<string, string>> => {
  const files = new Map<string, string>();
  for (const [name, shape] of Object.entries(await readShapes()).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const whole = shape.extend({ schema: z.literal(name) });
    const { $schema, description, required, properties, ...rest } = z.toJSONSchema(whole, { unrepresentable: 'throw' });
    const { schema, ...members } = properties ?? {};
    const file = fileOf(name);
    const text = JSON.stringify(
      {
        $schema,
        $id: `https://raw.githubusercontent.com/somakit/somakit/main/apps/cli/schemas/${file}`,
        title: name,
        description: description ?? shape.description,
        type: 'object',
        properties: { schema, ...members },
        required: ['schema', ...(required ?? []).filter((key) => key !== 'schema')],
        ...rest,
      },
      undefined,
      2,
    );
    files.set(file, `${text}\n`);
  }
  return files;
};
