import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** A serialised FileDescriptorSet of some services' files and everything that they import, in Base64. */
export const descriptorSet = (services: readonly DescService[]): string => {
  const files = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    for (const each of file.dependencies) visit(each);
    files.add(file);
  };
  for (const { file } of services) visit(file);
  const parts = [...files].flatMap(({ proto }) => {
    const body = Buffer.from(toBinary(FileDescriptorProtoSchema, proto));
    const length: number[] = [];
    for (let rest = body.length; ; rest >>>= 7) {
      length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
      if (rest <= 0x7f) break;
    }
    return [Buffer.from([0x0a, ...length]), body];
  });
  return Buffer.concat(parts).toString('base64');
};

/** The full names of a method's messages. */
export const messageNames = (services: readonly DescService[], path: string): { input: string; output: string } => {
  const [, service, name] = path.split('/');
  const method = services.find(({ typeName }) => typeName === service)!.methods.find((each) => each.name === name)!;
  return { input: method.input.typeName, output: method.output.typeName };
};
