/** Options of a client and of its calls. */

import type { RuntimeLog } from '../nodes/log.ts';
import type { Arounds } from '../wire/around.ts';
import type { ChannelOptions } from '../wire/channel.ts';
import type { ClientCall } from './calls-around.ts';
import type { JsonText } from './types/json.ts';
import type { Labels } from './types/labels.ts';

/** The address, the tenant and the credentials of a client. */
export interface ClientOptions extends ChannelOptions {
  /**
   * `host:port` of a state manager, `127.0.0.1:7600` if absent. A name that has several addresses stands for so many
   * state managers, and is looked up anew when a connection is lost.
   */
  readonly address?: string | undefined;
  /** Several of them: the client begins with any, and goes on to the next one when it does not answer. */
  readonly addresses?: readonly string[] | undefined;
  /** The tenant; undefined: that of the token, else `default`. */
  readonly namespace?: string | undefined;
  /**
   * Code around each call of a method, such as a span of a trace. `next()` makes the call, gives what it came to, and throws
   * what it throws; around a list it ends with the loop over it.
   */
  readonly around?: Arounds<ClientCall> | undefined;
  /** Told why a run that `call` or `result` awaits does not get on, after a second; JSON lines on stderr if absent. */
  readonly log?: RuntimeLog | undefined;
  /** Reads and writes inputs, outputs, stores, templates and fields of logs; `JSON` if absent, which rounds numbers that no double holds. */
  readonly json?: JsonText | undefined;
}

/** A graph that is written as JSON. */
export interface NamedTemplate {
  /** `[A-Za-z0-9_.-]{1,128}`, unique in the namespace. */
  readonly name: string;
  /** The graph as the state manager takes it: a `GraphTemplate`, checked there. */
  readonly template: unknown;
}

/** Options of the start of a run. */
export interface TriggerOptions<Store = Readonly<Record<string, unknown>>> {
  /** The same key again gives the same run, at most 256 characters. */
  readonly key?: string | undefined;
  /** Higher runs first, a whole number from -100 to 100; 0 if absent. */
  readonly priority?: number | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  /** Not before this instant; epoch milliseconds, or a Date. */
  readonly startAt?: number | Date | undefined;
  /** Values for the run's store, over the defaults of the graph. */
  readonly store?: Store | undefined;
  /** Labels by which the run is found, over those of the graph; with them at most 8. */
  readonly labels?: Labels | undefined;
}

/** A graph with keys that the trigger has to give takes a store; others may. */
export type TriggerArguments<Store, More = object> =
  Record<never, never> extends Store
    ? [options?: TriggerOptions<Store> & More]
    : [options: TriggerOptions<Store> & { readonly store: Store } & More];

/** Options of waiting for a run. */
export interface WaitOptions {
  /** Ends the waiting, not the run. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a call, which starts a run and waits for it. */
export interface CallOptions extends TriggerOptions, WaitOptions {
  /** Cancels the run, too, when `signal` fires. */
  readonly cancelOnAbort?: boolean | undefined;
}

/** A run that was started. */
export interface TriggeredRun {
  /** The id that `get`, `watch`, `result` and the other methods take. */
  readonly id: string;
  /** False if the key already had this run. */
  readonly created: boolean;
}
