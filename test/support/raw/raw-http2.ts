/** A caller that speaks HTTP/2 by itself, and does with it what no gRPC library does: reads nothing, ends nothing. */

import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';

/** The end of a raw call. */
export interface RawEnd {
  /** The gRPC status, if one came. */
  readonly code: number | undefined;
  readonly message: string;
  /** The code with which HTTP/2 ended the stream; 0: none. */
  readonly rstCode: number;
}

export interface RawCall {
  readonly stream: ClientHttp2Stream;
  readonly ended: Promise<RawEnd>;
}

export interface RawHttp2 {
  readonly session: ClientHttp2Session;
  /** Begins a call and sends the bytes as they are; ends its side if told to. */
  begin(path: string, bytes: Buffer, options?: { token?: string; ends?: boolean }): RawCall;
  close(): void;
}

/** Connects. @param window bytes of an answer that the server may send before it is read; 65,535 if absent */
export async function openHttp2(address: string, { window }: { window?: number } = {}): Promise<RawHttp2> {
  const session = connect(`http://${address}`, {
    // Megabytes: Node's own limit would end streams that have much to send.
    maxSessionMemory: 2_000,
    ...(window !== undefined && { settings: { initialWindowSize: window } }),
  });
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  return {
    session,
    begin(path, bytes, { token, ends = true } = {}) {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      });
      stream.on('error', () => {});
      if (ends) stream.end(bytes);
      else stream.write(bytes);
      return { stream, ended: endOf(stream) };
    },
    close: () => session.destroy(),
  };
}

/** A message as gRPC puts it on a stream. */
export function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function endOf(stream: ClientHttp2Stream): Promise<RawEnd> {
  let code: number | undefined;
  let message = '';
  const read = (headers: Readonly<Record<string, unknown>>): void => {
    if (headers['grpc-status'] === undefined) return;
    code = Number(headers['grpc-status']);
    message = decodeURI(String(headers['grpc-message'] ?? ''));
  };
  stream.on('response', read);
  stream.on('trailers', read);
  // Without a reader a stream does not close.
  stream.resume();
  return new Promise((resolve) => {
    stream.once('close', () => resolve({ code, message, rstCode: stream.rstCode ?? 0 }));
  });
}
