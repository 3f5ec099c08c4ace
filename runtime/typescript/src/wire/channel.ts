import * as grpc from '@grpc/grpc-js';
import type { Address } from './addresses.ts';
import { checkOptions, type OptionNames } from './options.ts';

/** Credentials with which state managers are reached. */
export interface ChannelOptions {
  /** Bearer token; undefined, or empty: the state manager needs none. */
  readonly token?: string | undefined;
  /**
   * PEM: the authorities to trust, Node's if absent, and the certificate and key for a state manager that asks for
   * them. Undefined: without TLS.
   */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer } | undefined;
}

const tlsOptions: OptionNames<NonNullable<ChannelOptions['tls']>> = { ca: true, cert: true, key: true };

/** `host:port`, as it is. @throws TypeError it is something else */
function checkAddress(address: string): string {
  if (/^(\[[\da-f:.]+\]|[^\s/:[\]]+):\d{1,5}$/i.test(address)) return address;
  throw new TypeError(
    `address "${address}": write it as host:port, such as 127.0.0.1:7600; for TLS there is the option tls`,
  );
}

/** @throws TypeError `tls` has an option that is not known */
export function credentialsOf({ tls }: ChannelOptions): grpc.ChannelCredentials {
  checkOptions('tls', tls, tlsOptions);
  if (!tls) return grpc.credentials.createInsecure();
  return grpc.credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null);
}

/** The headers of every call. @throws TypeError the token has characters that no header can have */
export function metadataOf({ token }: ChannelOptions): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (!token) return metadata;
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new TypeError(
      'token: it has spaces, line breaks or letters beyond ASCII: trim what it was read from',
    );
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/**
 * The addresses that options give: `addresses`, or `address`, or the usual one.
 * @throws TypeError there is none, or one is not `host:port`
 */
export function addressesOf({
  address = '127.0.0.1:7600',
  addresses = [address],
}: {
  readonly address?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
}): readonly string[] {
  if (addresses.length === 0) throw new TypeError('addresses: name at least one state manager');
  return addresses.map(checkAddress);
}

/** Options of a channel to one state manager: its certificate is that of its name, also where the name has several addresses. */
export function channelOptionsFor({ name }: Address): grpc.ClientOptions {
  if (name === undefined) return channelOptions;
  return { ...channelOptions, 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name };
}

/** Options of every channel: the server announces its limits, and long streams are not retried by the library. */
export const channelOptions: grpc.ClientOptions = {
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
};
