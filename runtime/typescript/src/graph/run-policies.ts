/** Retry policies and limits of runs, as options of the builder. */
import { checkRate, type RateOptions } from '../nodes/rate.ts';
import { checkOptions, type OptionNames, type OtherWords } from '../wire/options.ts';
import type { NodeTemplate, RetryPolicy, RunLimits } from './graph-template.ts';
import { writeInput } from './references.ts';

/** A rule for trying failed work again. What is absent is that of the graph, or else the default. */
export interface RetryOptions {
  /** 3 if absent; 0: never. */
  readonly maxRetries?: number | undefined;
  /** The growth of the delays, and their jitter; `EXPONENTIAL` if absent. */
  readonly strategy?: RetryPolicy['strategy'];
  /** The first delay, milliseconds; 2,000 if absent. */
  readonly backoffMs?: number | undefined;
  /** The base of the exponential strategies, 2 if absent. */
  readonly exponent?: number | undefined;
  /** No delay is longer, milliseconds; no bound if absent. */
  readonly maxDelayMs?: number | undefined;
}

/** Limits of a run; the state manager's configuration counts for what is absent. */
export interface LimitOptions {
  /** States, siblings and attempts included. */
  readonly states?: number | undefined;
  /** Outputs of one execution. */
  readonly width?: number | undefined;
  /** Nodes on the longest way from the start to a state. */
  readonly depth?: number | undefined;
  /** Bytes of JSON that the trigger and the nodes put in, together. */
  readonly payloadBytes?: number | undefined;
  /** Milliseconds from the trigger, or the start time it asks for, to the end. */
  readonly runMs?: number | undefined;
  /** Milliseconds from the end until everything of the run is removed. */
  readonly retentionMs?: number | undefined;
}

const retryOptions: OptionNames<RetryOptions> = {
  maxRetries: true,
  strategy: true,
  backoffMs: true,
  exponent: true,
  maxDelayMs: true,
};

/** The template's word for the first delay. */
const retryWords: OtherWords<RetryOptions> = { backoff_factor: 'backoffMs', backoffFactor: 'backoffMs' };

const limitOptions: OptionNames<LimitOptions> = {
  states: true,
  width: true,
  depth: true,
  payloadBytes: true,
  runMs: true,
  retentionMs: true,
};

/** The `retry_policy` of a graph or a place. @throws TypeError an option that it does not know */
export function writeRetry(what: string, options: RetryOptions): RetryPolicy {
  checkOptions(`${what}: retry`, options, retryOptions, retryWords);
  const { maxRetries, strategy, backoffMs, exponent, maxDelayMs } = options;
  return given({
    max_retries: maxRetries,
    strategy,
    backoff_factor: backoffMs,
    exponent,
    max_delay: maxDelayMs,
  });
}

/** The `limits` of a graph. @throws TypeError an option that it does not know */
export function writeLimits(what: string, options: LimitOptions): RunLimits {
  checkOptions(`${what}: limits`, options, limitOptions);
  const { states, width, depth, payloadBytes, runMs, retentionMs } = options;
  return given({
    states,
    width,
    depth,
    payload_bytes: payloadBytes,
    run_ms: runMs,
    retention_ms: retentionMs,
  });
}

/** The `rate` of a place. @throws TypeError an option that it does not know, or that cannot be kept */
export function writeRate(what: string, rate: RateOptions<unknown>): NonNullable<NodeTemplate['rate']> {
  const { limit, perMs } = checkRate(what, rate);
  return { limit, per_ms: perMs, ...(rate.key !== undefined && { key: writeInput(rate.key) as string }) };
}

/** The fields that are not undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
