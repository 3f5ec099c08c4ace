import type { NodeContext } from '../nodes/context.ts';
import type { Duration } from '../nodes/durations.ts';
import type { RuntimeLog } from '../nodes/log.ts';
import type { AnyNode } from '../nodes/node.ts';
import type { Arounds } from '../wire/around.ts';
import type { ChannelOptions } from '../wire/channel.ts';
import type { OptionNames } from '../wire/options.ts';
import type { RunLogs } from './log-sender.ts';

/** Options of a runtime. */
export interface RuntimeOptions extends ChannelOptions {
  /** Nodes that it hosts, at least one. */
  readonly nodes: readonly AnyNode[];
  /**
   * `host:port` of a state manager, `127.0.0.1:7600` if absent. A name that has several addresses stands for so many
   * state managers, and is looked up anew whenever the runtime connects.
   */
  readonly address?: string | undefined;
  /** Several of them: when one is gone, the runtime goes on with another one. */
  readonly addresses?: readonly string[] | undefined;
  /**
   * Preference among several state managers. `SPREAD`, if absent: each runtime has an order of its own, so that many of
   * them spread evenly. `GIVEN`: that of `addresses`.
   */
  readonly addressOrder?: 'SPREAD' | 'GIVEN' | undefined;
  /**
   * Time after which a runtime that is not with the state manager that it prefers looks whether that one is back, and if
   * so moves there with all that it holds; `30s` if absent, half as much or up to half more by chance.
   */
  readonly returnAfter?: Duration | undefined;
  /** The tenant; undefined: that of the token, else `default`. */
  readonly namespace?: string | undefined;
  /** Name for people; `[A-Za-z0-9_.-]{1,128}`. */
  readonly name?: string | undefined;
  /**
   * Executions at once, over all nodes, a whole number from 1; 64 if absent. One that has timed out or was cancelled
   * counts until its function has returned.
   */
  readonly concurrency?: number | undefined;
  /** Time for which `stop` waits for what is running, `30s` if absent. */
  readonly drainTimeout?: Duration | undefined;
  /**
   * Time for which a node may block the event loop, `10m` if absent: so long a second thread keeps the leases. A node
   * that goes on for longer is taken for one that hangs, and its state is executed by others.
   */
  readonly maxBlocked?: Duration | undefined;
  /** JSON lines on stderr if absent, those of level `debug` left out. One that fails has its lines written there. */
  readonly log?: RuntimeLog | undefined;
  /**
   * Least level of the lines of nodes that are kept with their runs, where `client.logs` reads them: `info`, if absent,
   * `warn` or `error`; `off`: none. All lines go to `log`, whatever this says.
   */
  readonly runLogs?: RunLogs | undefined;
  /**
   * Code around each execution, such as a span of a trace. `next()` runs the node to its end, outputs included, and throws
   * what fails it, signals such as `Prune` as well; what the code throws itself fails the state as if the node had thrown it.
   */
  readonly around?: Arounds<NodeContext<string>> | undefined;
}

/** The names of all of them. */
export const runtimeOptionNames: OptionNames<RuntimeOptions> = {
  nodes: true,
  address: true,
  addresses: true,
  addressOrder: true,
  returnAfter: true,
  namespace: true,
  name: true,
  concurrency: true,
  drainTimeout: true,
  maxBlocked: true,
  log: true,
  runLogs: true,
  around: true,
  token: true,
  tls: true,
};
