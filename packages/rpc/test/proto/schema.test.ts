import { type DescEnum, type DescField, type DescFile, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import schema from '@somakit/vectors/rpc-schema.json';
import { describe, expect, it } from 'vitest';
import * as proto from '../../src/proto/index.js';

type Row = readonly [number: number, name: string, type: string, label: string];

/** Every generated file and all that it imports, by path. */
const files = new Map<string, DescFile>();
const visit = (file: DescFile): void => {
  const path = `${file.name}.proto`;
  if (files.has(path)) return;
  files.set(path, file);
  for (const each of file.dependencies) visit(each);
};
for (const [name, each] of Object.entries(proto)) if (name.startsWith('file_')) visit(each as DescFile);

const messages = new Map<string, DescMessage>();
const enums = new Map<string, DescEnum>();
const collect = (message: DescMessage): void => {
  messages.set(message.typeName, message);
  for (const each of message.nestedMessages) collect(each);
  for (const each of message.nestedEnums) enums.set(each.typeName, each);
};
for (const file of files.values()) {
  for (const each of file.messages) collect(each);
  for (const each of file.enums) enums.set(each.typeName, each);
}

const scalar = (type: ScalarType): string => ScalarType[type].toLowerCase();
const single = (field: DescField): string => {
  if (field.message !== undefined) return field.message.typeName;
  if (field.enum !== undefined) return field.enum.typeName;
  return scalar(field.scalar as ScalarType);
};
const typeOf = (field: DescField): string =>
  field.fieldKind === 'map'
    ? `map<${scalar(field.mapKey)},${field.message?.typeName ?? field.enum?.typeName ?? scalar(field.scalar as ScalarType)}>`
    : single(field);
const labelOf = (field: DescField): string => {
  if (field.fieldKind === 'map') return 'map';
  if (field.fieldKind === 'list') return field.packed ? 'packed' : 'repeated';
  if (field.oneof !== undefined) return `oneof:${field.oneof.name}`;
  if (field.message !== undefined) return 'optional';
  return field.proto.proto3Optional ? 'optional' : 'implicit';
};

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

describe('the generated descriptors', () => {
  it.each(Object.entries(schema.messages as Record<string, { fields: Row[]; oneofs?: Record<string, string[]> }>))(
    '%s has the fields, numbers, types and presence of the schema',
    (name, { fields, oneofs }) => {
      const message = messages.get(name);
      expect(
        message?.fields
          .map((field) => [field.number, field.name, typeOf(field), labelOf(field)])
          .sort((a, b) => Number(a[0]) - Number(b[0])),
      ).toEqual(fields);
      expect(message?.fields.map((field) => field.jsonName)).toEqual(message?.fields.map((field) => camel(field.name)));
      expect(
        Object.fromEntries(message?.oneofs.map((each) => [each.name, each.fields.map((field) => field.name)]) ?? []),
      ).toEqual(oneofs ?? {});
    },
  );

  it('have no message of soma.rpc or google.rpc that the schema lacks', () => {
    const ours = [...messages.keys()].filter((name) => /^(soma|google)\.rpc\./.test(name));
    expect(ours.filter((name) => !(name in schema.messages))).toEqual([]);
  });

  it.each(Object.entries(schema.enums as Record<string, Record<string, number>>))(
    '%s has the values of the schema',
    (name, values) => {
      expect(Object.fromEntries(enums.get(name)?.values.map((value) => [value.name, value.number]) ?? [])).toEqual(
        values,
      );
    },
  );

  it('have no enum of soma.rpc that the schema lacks', () => {
    expect([...enums.keys()].filter((name) => name.startsWith('soma.rpc.') && !(name in schema.enums))).toEqual([]);
  });

  it.each(
    Object.entries(
      schema.services as Record<
        string,
        {
          method: string;
          path: string;
          request: string;
          response: string;
          clientStreaming: boolean;
          serverStreaming: boolean;
        }[]
      >,
    ),
  )('%s has the methods of the schema, in order', (name, methods) => {
    const service = [...files.values()].flatMap((file) => file.services).find((each) => each.typeName === name);
    expect(
      service?.methods.map((method) => ({
        method: method.name,
        path: `/${name}/${method.name}`,
        request: method.input.typeName,
        response: method.output.typeName,
        clientStreaming: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
        serverStreaming: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
      })),
    ).toEqual(methods);
  });

  it.each(Object.entries(schema.files as Record<string, { package: string; imports: string[] }>))(
    '%s is a file of the same package and imports',
    (path, { package: name, imports }) => {
      const file = files.get(path);
      expect(file?.proto.package).toBe(name);
      expect(file?.proto.dependency).toEqual(imports);
    },
  );
});
