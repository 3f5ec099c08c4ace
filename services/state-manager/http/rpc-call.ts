/** Calls of RPCs with messages as JSON. */
import type { Protocol, Rpc } from '@fanout/proto';
import type { Metadata } from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';
import { jsonShape } from '../transport/codec/json-shape.ts';
import type { HttpCall, HttpCalls, Reader } from '../transport/http-calls.ts';
import { maxItems } from '../transport/request-items.ts';
import { CallerGone, readBody } from './body.ts';
import { readMessage } from './codec/read-json.ts';
import { writeMessage } from './codec/write-json.ts';
import type { Exchange } from './exchange.ts';

/** Values of a JSON text at most: names and values of as many items as a request may have. */
const maxValues = 2 * maxItems;
/** Deepest nesting of a JSON text. */
const maxDepth = 64;

export interface RpcCalls {
  /** Lets a call in, before anything of it is read. @throws FanoutError as `HttpCalls.admit`; CallerGone */
  admit(exchange: Exchange, path: string, metadata: Metadata): Promise<HttpCall>;
  /** Reads the body of a call that was let in, as text. @throws as `readBody` */
  bodyOf(exchange: Exchange, call: HttpCall): Promise<string>;
  /** Calls an RPC with one answer. @throws CallStatus, FanoutError FIELD_INVALID */
  call(call: HttpCall, request: unknown): Promise<Record<string, unknown>>;
  /** Opens an RPC with many answers. @throws FanoutError FIELD_INVALID */
  open(call: HttpCall, request: unknown, reader: JsonReader): void;
}

/** A `Reader` of JSON. */
export interface JsonReader extends Omit<Reader, 'write'> {
  write(message: Record<string, unknown>): boolean;
}

/** Reads a text that must be JSON, with few enough values to be read. Empty is as good as `{}`. */
export function parseRequest(text: string): unknown {
  if (text.trim() === '') return {};
  const { depth, members, values } = jsonShape(text);
  if (depth > maxDepth)
    throw new FanoutError('FIELD_INVALID', `the request nests deeper than ${maxDepth} levels`);
  if (members + values > maxValues)
    throw new FanoutError(
      'REQUEST_TOO_LARGE',
      `the request has more than ${maxItems} items in its lists and maps: send fewer`,
    );
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FanoutError('FIELD_INVALID', `the request is not JSON: ${(error as Error).message}`);
  }
}

export function createRpcCalls(calls: HttpCalls, protocol: () => Protocol): RpcCalls {
  function rpcAt(path: string): Rpc {
    const rpc = protocol().rpcs.find((each) => each.path === path);
    if (rpc === undefined) throw new Error(`the protocol has no ${path}`);
    return rpc;
  }

  return {
    async admit({ peer, closed }, path, metadata) {
      const call = { path, metadata, peer, closed };
      await calls.admit(call);
      if (closed.aborted) throw new CallerGone();
      return call;
    },
    async bodyOf(exchange, call) {
      await calls.takeBodyTurn(call);
      return readBody(exchange, calls.bodyLimit(call.path), calls.callMs);
    },
    async call(call, json) {
      const { request, response } = rpcAt(call.path);
      const answer = await calls.call(call, readMessage(protocol(), request, json));
      return writeMessage(protocol(), response, answer);
    },
    open(call, json, reader) {
      const { request, response } = rpcAt(call.path);
      calls.open(call, readMessage(protocol(), request, json), {
        write: (message) => reader.write(writeMessage(protocol(), response, message)),
        onDrain: (listener) => reader.onDrain(listener),
        end: (status) => reader.end(status),
      });
    },
  };
}
