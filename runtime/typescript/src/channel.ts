import * as grpc from '@grpc/grpc-js';

/** How to reach state managers. */
export interface ChannelOptions {
  /** Bearer token; undefined: the state manager needs none. */
  readonly token?: string;
  /** PEM. Undefined: without TLS. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

export function credentialsOf({ tls }: ChannelOptions): grpc.ChannelCredentials {
  if (!tls) return grpc.credentials.createInsecure();
  return grpc.credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null);
}

export function metadataOf({ token }: ChannelOptions): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (token) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** For every channel: the server announces what it takes, and long streams are not retried by the library. */
export const channelOptions: grpc.ClientOptions = {
  'grpc.enable_retries': 0,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
};
