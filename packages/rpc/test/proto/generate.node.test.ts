import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DescFile, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { afterAll, describe, expect, it } from 'vitest';
import * as reflection from '../../src/gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '../../src/gen/grpc/reflection/v1alpha/reflection_pb.js';
import * as proto from '../../src/proto/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const folder = mkdtempSync(join(tmpdir(), 'somakit-gen-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (base: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(base, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => [name, readFileSync(join(base, name), 'utf8')]),
  );

describe('the code generated from proto', () => {
  it('is what the generator makes of the checked-in .proto files', () => {
    execFileSync(join(bin, 'buf'), ['generate', '--output', folder], {
      cwd: root,
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
      stdio: 'pipe',
    });
    const fresh = read(join(folder, 'src/gen'));
    expect(Object.keys(fresh).length).toBeGreaterThan(20);
    expect(read(join(root, 'src/gen'))).toEqual(fresh);
  }, 60_000);

  it('describes every file exactly as the compiler does', () => {
    const image = join(folder, 'image.binpb');
    execFileSync(join(bin, 'buf'), ['build', '--exclude-source-info', '--output', image], { cwd: root, stdio: 'pipe' });
    const { file } = fromBinary(FileDescriptorSetSchema, readFileSync(image));
    const compiled = file.map((each) => {
      delete each.$unknown;
      delete each.options;
      return [each.name, toJson(FileDescriptorProtoSchema, each)];
    });
    const ours = new Map<string, DescFile>();
    const visit = (each: DescFile): void => {
      ours.set(each.proto.name, each);
      for (const dependency of each.dependencies) visit(dependency);
    };
    for (const [name, each] of [...Object.entries(proto), ...Object.entries(reflection)]) {
      if (name.startsWith('file_')) visit(each as DescFile);
    }
    visit(ServerReflectionAlpha.file);
    const written = [...ours].map(([name, each]) => {
      const bytes = toBinary(FileDescriptorProtoSchema, each.proto);
      return [name, toJson(FileDescriptorProtoSchema, fromBinary(FileDescriptorProtoSchema, bytes))];
    });
    // Reserved numbers say nothing on the wire; nor do the options of files, the package names of other languages.
    const silent = new Set(['reservedRange', 'reservedName']);
    const plain = (each: unknown[][]) =>
      JSON.parse(JSON.stringify(Object.fromEntries(each), (key, value) => (silent.has(key) ? undefined : value)));
    expect(compiled.length).toBeGreaterThan(20);
    expect(plain(written)).toEqual(plain(compiled));
  });

  it('is all reachable through the proto subpath but for reflection and the google.protobuf files', () => {
    const barrel = readFileSync(join(root, 'src/proto/index.ts'), 'utf8');
    const missing = Object.keys(read(join(root, 'src/gen')))
      .map((name) => name.replace(/\.ts$/, '.js'))
      .filter((name) => !/reflection|well_known/.test(name) && !barrel.includes(`'../gen/${name}'`));
    expect(missing).toEqual([]);
  });
});
