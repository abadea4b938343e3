import { createFileRegistry, type DescFile } from '@bufbuild/protobuf';
import type { GenFile } from '@bufbuild/protobuf/codegenv2';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FieldDescriptorProto,
  FileDescriptorProto,
  ServiceDescriptorProto,
} from '@bufbuild/protobuf/wkt';

const TYPE_MESSAGE = 11;
const TYPE_ENUM = 14;

const typed = <T extends { readonly $typeName: string }>(name: string, value: object): T =>
  ({ $typeName: `google.protobuf.${name}`, ...value }) as unknown as T;

/** The number of an element: the one that it names, or the one after its neighbour's. */
const counter = (next: number) => (named: string | undefined) => {
  const number = named === undefined ? next : Number(named);
  next = number + 1;
  return number;
};

/**
 * The descriptor of a file out of the text that `proto/protoc-gen-somakit.mjs` writes: words with spaces between them.
 *
 * The path, the package, then messages `Name{ ... }` (`Name%{` for the entries of a map), enums `NAME[ ... ]` and services
 * `Name( ... )`. A field is `name:type`, the type a number of FieldDescriptorProto.Type, `.a.Message` or `@.an.Enum`, with `*`
 * when repeated, `?` when optional, and `|k` in the k-th oneof, whose names `|name` stand first; `name=7:type` where the
 * number is not the one after the last. A method is `Name:.input:.output`, each with `*` when it streams.
 *
 * The library's own form is smaller in source and larger on the way: it brings the descriptor of descriptors.
 */
export const fileDescriptor = (text: string, imports: readonly DescFile[] = []): GenFile => {
  const [path, name, ...words] = text.split(' ') as [string, string, ...string[]];
  let at = 0;

  const readEnum = (enumName: string): EnumDescriptorProto => {
    const number = counter(0);
    const value = [];
    for (let word = words[at++]!; word !== ']'; word = words[at++]!) {
      const [valueName, named] = word.split('=');
      value.push(typed('EnumValueDescriptorProto', { name: valueName, number: number(named) }));
    }
    return typed('EnumDescriptorProto', { name: enumName, value, reservedRange: [], reservedName: [] });
  };

  const readService = (serviceName: string): ServiceDescriptorProto => {
    const method = [];
    for (let word = words[at++]!; word !== ')'; word = words[at++]!) {
      const [methodName, input, output] = word.split(':') as [string, string, string];
      method.push(
        typed('MethodDescriptorProto', {
          name: methodName,
          inputType: input.replace('*', ''),
          outputType: output.replace('*', ''),
          ...(input.endsWith('*') && { clientStreaming: true }),
          ...(output.endsWith('*') && { serverStreaming: true }),
        }),
      );
    }
    return typed('ServiceDescriptorProto', { name: serviceName, method });
  };

  const readMessage = (word: string): DescriptorProto => {
    const isEntry = word.endsWith('%');
    const number = counter(1);
    const field: FieldDescriptorProto[] = [];
    const oneofs: string[] = [];
    const enumType: EnumDescriptorProto[] = [];
    const nestedType: DescriptorProto[] = [];
    let ofOptional = 0;
    for (let each = words[at++]!; each !== '}'; each = words[at++]!) {
      const [, nested, open] = /^(\w+%?)([{[])$/.exec(each) ?? [];
      if (nested !== undefined) {
        if (open === '{') nestedType.push(readMessage(nested));
        else enumType.push(readEnum(nested));
        continue;
      }
      if (each.startsWith('|')) {
        oneofs.push(each.slice(1));
        ofOptional++;
        continue;
      }
      const [, fieldName = '', named, kind = '', mark, oneof] = /^(\w+)=?(\d+)?:([@.\w]+)([*?]?)\|?(\d+)?$/.exec(each)!;
      if (mark === '?') oneofs.push(`_${fieldName}`);
      const typeName = kind.startsWith('@') ? kind.slice(1) : kind;
      field.push(
        typed('FieldDescriptorProto', {
          name: fieldName,
          number: number(named),
          label: mark === '*' ? 3 : 1,
          ...(typeName.startsWith('.')
            ? { type: typeName === kind ? TYPE_MESSAGE : TYPE_ENUM, typeName }
            : { type: Number(kind) }),
          ...(oneof !== undefined && { oneofIndex: Number(oneof) }),
          ...(mark === '?' && { oneofIndex: ofOptional++, proto3Optional: true }),
          jsonName: protoCamelCase(fieldName),
        }),
      );
    }
    return typed('DescriptorProto', {
      name: isEntry ? word.slice(0, -1) : word,
      field,
      nestedType,
      enumType,
      oneofDecl: oneofs.map((each) => typed('OneofDescriptorProto', { name: each })),
      ...(isEntry && { options: typed('MessageOptions', { mapEntry: true, uninterpretedOption: [] }) }),
      extension: [],
      extensionRange: [],
      reservedRange: [],
      reservedName: [],
    });
  };

  const messageType: DescriptorProto[] = [];
  const enumType: EnumDescriptorProto[] = [];
  const service: ServiceDescriptorProto[] = [];
  while (at < words.length) {
    const word = words[at++]!;
    const of = word.slice(0, -1);
    if (word.endsWith('{')) messageType.push(readMessage(of));
    else if (word.endsWith('[')) enumType.push(readEnum(of));
    else service.push(readService(of));
  }
  const proto: FileDescriptorProto = typed('FileDescriptorProto', {
    name: path,
    package: name,
    dependency: imports.map((each) => each.proto.name),
    messageType,
    enumType,
    service,
    syntax: 'proto3',
    publicDependency: [],
    weakDependency: [],
    optionDependency: [],
    extension: [],
  });
  const registry = createFileRegistry(proto, (dependency) => imports.find((each) => each.proto.name === dependency));
  return registry.getFile(path) as GenFile;
};
