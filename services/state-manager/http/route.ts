import type { Protocol } from '@fanout/proto';
import type { HttpCalls } from '../transport/http-calls.ts';
import type { Answers } from './answers.ts';
import type { Exchange } from './exchange.ts';
import type { RpcCalls } from './rpc-call.ts';

/** Metrics as Prometheus reads them. */
export interface MetricsText {
  render(): Promise<string>;
  readonly contentType: string;
}

/** Parts that routes are made with. */
export interface HttpContext {
  readonly metrics: MetricsText;
  readonly calls: HttpCalls;
  readonly rpcs: RpcCalls;
  readonly answers: Answers;
  /** The protocol, read when it is first needed: most state managers are only ever called over gRPC. */
  readonly protocol: () => Protocol;
  /** The version of the state manager. */
  readonly version: string;
}

/** Paths, by one method each, that one function answers. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly pattern: RegExp;
  /** @param parts groups of the pattern, decoded. @throws what `Answers.error` tells of */
  answer(exchange: Exchange, parts: readonly string[]): Promise<void>;
}
