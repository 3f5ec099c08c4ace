import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type Arounds, listOfArounds } from '../wire/around.ts';
import { assertNever, NotRetryable } from '../wire/errors.ts';
import { checkOptions, type OptionNames } from '../wire/options.ts';
import type { NodeContext } from './context.ts';
import { type EncodedOutput, executeNode } from './execute.ts';
import type { NodeLog } from './log.ts';
import { MemoryStore } from './memory-store.ts';
import type { Node } from './node.ts';
import { marked } from './output-marks.ts';
import { Prune, RequeueAfter } from './signals.ts';
import { CollectedChanges, type NodeStore, type ReportedChanges } from './store.ts';

/** The surroundings of the node; each part has a default, and logs go nowhere. */
export interface RunNodeOptions<Secret extends string = never>
  extends Omit<Partial<NodeContext<Secret>>, 'store' | 'report'> {
  /** The run's store, or what it begins with: empty if absent. A result brings its changes into it. */
  readonly store?: MemoryStore | Readonly<Record<string, unknown>>;
  /** Code around the execution, as that of a runtime. */
  readonly around?: Arounds<NodeContext<string>>;
}

const runNodeOptions: OptionNames<RunNodeOptions> = {
  attempt: true,
  runId: true,
  stateId: true,
  graphName: true,
  nodeName: true,
  identifier: true,
  idempotencyKey: true,
  traceparent: true,
  acceptedEmits: true,
  continueFrom: true,
  signal: true,
  log: true,
  secrets: true,
  heartbeat: true,
  store: true,
  around: true,
};

/**
 * Runs a node without a server, with the checks that a runtime makes, and gives its outputs: one for each branch,
 * `{}` for nothing. A united input is given as a list; `routeOf` tells where an output goes, `labelOf` its label.
 * @throws Prune, RequeueAfter thrown by the node; NotRetryable bad inputs or outputs, a secret that `options` lack, or
 * thrown by the node; FanoutError STORE_INVALID; TypeError an option that it does not know; Error: anything else that the node threw, as a state manager would be told
 * of it, with what was thrown as its `cause`
 */
export async function runNode<I extends z.ZodObject, O extends z.ZodObject, Secret extends string = never>(
  node: Node<I, O, Secret>,
  inputs: z.input<I>,
  options: RunNodeOptions<Secret> = {},
): Promise<z.output<O>[]> {
  checkOptions('runNode', options, runNodeOptions);
  const plain: Record<string, unknown> = { ...inputs };
  const united: Record<string, AsyncIterable<unknown>> = {};
  for (const name of node.iteratorInputs) {
    united[name] = oneByOne((plain[name] ?? []) as readonly unknown[]);
    delete plain[name];
  }
  const { store: given, around, ...told } = options;
  const store = given instanceof MemoryStore ? given : new MemoryStore(given);
  const report = new CollectedChanges();
  const context = { ...contextOf(node.name, store, report), ...told };
  const execution = await executeNode(node, plain, context, { united, arounds: listOfArounds(around) });
  const changes = report.take();
  if (execution.kind !== 'errored') store.apply(changes);
  switch (execution.kind) {
    case 'executed':
      return execution.outputs.map((output) => decode<z.output<O>>(output));
    case 'errored': {
      const { code, message, notRetryable, cause } = execution;
      throw notRetryable ? new NotRetryable(message, { code, cause }) : new Error(message, { cause });
    }
    case 'pruned':
      throw new Prune(execution.dataJson === '' ? undefined : JSON.parse(execution.dataJson));
    case 'requeued':
      throw new RequeueAfter(execution.delayMs);
    case 'sealed':
      throw new Error('outputs were emitted, and nobody takes them here');
    default:
      return assertNever(execution);
  }
}

function decode<Output extends object>({ outputJson, route, label }: EncodedOutput): Output {
  const output = JSON.parse(outputJson) as Output;
  if (!route?.nextNodes && label === undefined) return output;
  return marked(output, {
    ...(route?.nextNodes && { to: route.nextNodes }),
    ...(label !== undefined && { label }),
  });
}

function contextOf(nodeName: string, store: NodeStore, report: ReportedChanges): NodeContext<string> {
  return {
    attempt: 1,
    runId: randomUUID(),
    stateId: randomUUID(),
    graphName: 'test',
    nodeName,
    identifier: nodeName,
    idempotencyKey: randomUUID(),
    traceparent: '',
    acceptedEmits: 0,
    continueFrom: () => undefined,
    signal: new AbortController().signal,
    log: silent,
    secrets: {},
    heartbeat: () => undefined,
    store,
    report,
  };
}

const silent: NodeLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function* oneByOne(items: readonly unknown[]): AsyncGenerator<unknown> {
  yield* items;
}
