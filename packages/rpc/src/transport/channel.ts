/** What carries calls: bytes in, bytes out. The transports differ only in this. */
export interface Channel {
  readonly url: string;
  /** @throws ConnectError */
  unary(call: ChannelCall): Promise<ChannelReply>;
  /** Resolves with the headers of the reply. @throws ConnectError */
  stream(call: ChannelStreamCall): Promise<ChannelStream>;
  close(): void;
}

interface CallBase {
  readonly path: string;
  readonly header: HeadersInit | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly maxReceiveBytes: number;
}

export interface ChannelCall extends CallBase {
  readonly body: Uint8Array;
}

export interface ChannelStreamCall extends CallBase {
  /** Alone it keeps no process alive. */
  readonly background: boolean;
  readonly bodies: AsyncIterable<Uint8Array>;
}

/** Headers are made only when somebody looks. */
export interface ChannelReply {
  readonly body: Uint8Array;
  header(): Headers;
  trailer(): Headers;
}

export interface ChannelStream {
  /** `return` ends the call. Throws the call's error at its place. */
  readonly bodies: AsyncIterable<Uint8Array>;
  header(): Headers;
  /** Empty until the end. */
  trailer(): Headers;
}
