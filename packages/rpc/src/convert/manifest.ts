import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Manifest } from '@somakit/bcs';
import type { Manifest as ManifestMessage, ManifestSchema } from '../gen/soma/rpc/transaction_pb.js';
import { digest, digestBytes, invalidReply, need } from './scalar.js';

export const manifestFromProto = (message: ManifestMessage | undefined): Manifest => {
  const v1 = message?.version.case === 'v1' ? message.version.value : undefined;
  const metadata = v1?.metadata?.version.case === 'v1' ? v1.metadata.version.value : undefined;
  if (v1 === undefined || metadata === undefined) throw invalidReply('manifest', 'a manifest of version 1', message);
  return {
    url: need(v1.url, 'url'),
    checksum: digest(metadata.checksum, 'checksum'),
    size: need(metadata.size, 'size'),
  };
};

export const manifestToProto = ({ url, checksum, size }: Manifest): MessageInitShape<typeof ManifestSchema> => ({
  version: {
    case: 'v1',
    value: { url, metadata: { version: { case: 'v1', value: { checksum: digestBytes(checksum), size } } } },
  },
});
