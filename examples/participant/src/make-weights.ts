// Writes weights for a network of small models: untrained, to try things with. Argument: the file.
import { writeFile } from 'node:fs/promises';
import { makeWeights } from '@somakit/demo/weights';

const [file = 'model.safetensors'] = process.argv.slice(2);
await writeFile(file, makeWeights(BigInt(Date.now())));
console.log(`wrote ${file}`);
