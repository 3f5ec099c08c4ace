/** The shape of a scenario, a JSON file of `scenarios/`. Unknown fields are refused. */
import { z } from 'zod';

const anything = z.json();
const json = z.record(z.string(), anything);
const whole = z.int().min(0);
/** The name of a host; one of the group `every` language hosts is `NAME.LANGUAGE`. */
const hostName = z.string().regex(/^[a-z-]+$/);

/** Items of frames, and calls beside the stream, by their names. */
const itemKind = z.enum([
  ...(['hello', 'capacity', 'report', 'emit', 'heartbeat', 'goodbye'] as const),
  ...(['welcome', 'assignment', 'ack', 'cancellation', 'drain'] as const),
  ...(['ping', 'pong', 'end'] as const),
  ...(['keep_session', 'read_united', 'read_store', 'change_store'] as const),
]);

/** A process with nodes. */
const host = z.strictObject({
  /** All of the catalogue if absent. */
  nodes: z.array(z.string()).optional(),
  /** `tested`, if absent: the language that is tested; `every`: one process for each language that is here. */
  language: z.enum(['tested', 'typescript', 'every']).default('tested'),
  concurrency: whole.default(64),
  node_concurrency: z.record(z.string(), whole).optional(),
  drain_timeout_ms: whole.default(10_000),
  /** The token it shows, where the state manager wants one: its own if absent. */
  token: z.enum(['own', 'none', 'wrong']).default('own'),
  /** The certificate it shows, where the state manager wants one: its own if absent. */
  certificate: z.enum(['own', 'none']).default('own'),
  /** Started by a step, and not before the first of them. */
  starts_later: z.boolean().default(false),
  /** Ends before it was ever connected. */
  is_refused: z.boolean().default(false),
  /** Never connects, and goes on trying until the scenario is over. */
  is_shut_out: z.boolean().default(false),
});

/** Selects items of the wire. */
const itemFilter = {
  item: itemKind,
  /** Host whose wire it is; all if absent. */
  of: hostName.optional(),
  /** Place in the graph of the state that it is about. */
  identifier: z.string().optional(),
  /** Fields that it has, with the names and values of the protocol in camelCase. */
  has: json.optional(),
};

/** Events that a step waits for; `times` counts from the beginning of the scenario, 1 if absent. */
const event = z.union([
  /** A node says something; `by` a group: each host of it. */
  z.strictObject({
    said: z.string(),
    by: hostName.optional(),
    identifier: z.string().optional(),
    times: whole.default(1),
  }),
  /** An item passes on the wire. */
  z.strictObject({ seen: z.strictObject(itemFilter), times: whole.default(1) }),
  /** An item is withheld. */
  z.strictObject({ withheld: itemKind, times: whole.default(1) }),
  /** So many states of a place have a status. */
  z.strictObject({ identifier: z.string(), status: z.string(), count: whole.default(1) }),
  /** The state manager logs an event. */
  z.strictObject({ logged: z.string() }),
  /** A host opens a connection, whatever comes of it. */
  z.strictObject({ dialled: hostName, times: whole.default(1) }),
  /** A host's process ends. */
  z.strictObject({ exited: hostName }),
  /** The run has a status. */
  z.strictObject({ run: z.string() }),
]);

/** What a step does. */
const action = z.union([
  /** Opens a gate for nodes that wait for it; on shared hosts the name has to be the scenario's own. */
  z.strictObject({ open: z.string() }),
  /** Resets the connections of a host; it may connect again at once. */
  z.strictObject({ cut: hostName }),
  /** Swallows all bytes of a host, both ways, without telling anybody; until `heal`. */
  z.strictObject({ swallow: hostName }),
  z.strictObject({ heal: hostName }),
  /** Holds frames with such an item back, until the connection breaks. */
  z.strictObject({ withhold: z.strictObject({ from: hostName, item: itemKind }) }),
  /** Sends the newest frame with such an item once more. */
  z.strictObject({ repeat: z.strictObject({ from: hostName, item: z.enum(['report', 'emit']) }) }),
  /** SIGKILL. */
  z.strictObject({ kill: hostName }),
  /** SIGTERM. */
  z.strictObject({ terminate: hostName }),
  /** Starts a host, again or for the first time. */
  z.strictObject({ start: hostName }),
  /** Revokes the token of a host. */
  z.strictObject({ revoke: hostName }),
  /** Of the state manager. `replace`: another one takes its place, and it drains. */
  z.strictObject({ state_manager: z.enum(['kill', 'start', 'replace']) }),
  /** Steers the run, or what grew below the state at `identifier`; of `retry`, that state itself. */
  z.strictObject({
    control: z.enum(['cancel', 'pause', 'resume', 'retry']),
    identifier: z.string().optional(),
  }),
]);

/** Counts of states by status: `{"SUCCESS": 3}`; those that are left out are 0. */
const counts = z.record(z.string(), whole);

const amount = z.union([whole, z.strictObject({ min: whole.default(0), max: whole.optional() })]);

const expectations = z.strictObject({
  run: z.enum(['SUCCESS', 'FAILED', 'CANCELLED']).optional(),
  /** Outputs of the run's results, in order. */
  results: z.array(anything).optional(),
  /** By identifier, every place that is named, with all of its counts. */
  states: z.record(z.string(), counts).optional(),
  /** By identifier: the attempts of its states that were not replaced, ascending. */
  attempts: z.record(z.string(), z.array(whole)).optional(),
  /** All failures of states that were not replaced; any code if it is absent. `message` is a regular expression. */
  failures: z
    .array(
      z.strictObject({
        identifier: z.string(),
        code: z.string().optional(),
        message: z.string().optional(),
      }),
    )
    .optional(),
  /** By identifier: the output, or the data of a prune, of its only state. */
  outputs: z.record(z.string(), anything).optional(),
  /** All of the run's store. */
  store: json.optional(),
  /** JSON text by key, where a number is more than JavaScript can hold. */
  store_text: z.record(z.string(), z.string()).optional(),
  /** By identifier: the inputs of its assignments, in the order in which they were handed out. */
  inputs: z.record(z.string(), z.array(anything)).optional(),
  /** Number of items on the wire, 1 if absent; `frames` counts those that they travelled in, `distinct` different values of one field. */
  wire: z
    .array(
      z.strictObject({
        ...itemFilter,
        count: amount.default(1),
        frames: amount.optional(),
        distinct: z.strictObject({ field: z.string(), count: amount }).optional(),
      }),
    )
    .optional(),
  /** Number of lines that nodes have said, 1 if absent. */
  said: z
    .array(
      z.strictObject({
        text: z.string(),
        by: hostName.optional(),
        identifier: z.string().optional(),
        has: json.optional(),
        count: amount.default(1),
      }),
    )
    .optional(),
  /** By host: its exit code; of one that was killed, the signal. */
  exits: z.record(z.string(), z.union([z.int(), z.string()])).optional(),
  /** By host: the reason for which it failed. A regular expression. */
  failed: z.record(z.string(), z.string()).optional(),
});

const scenario = z
  .strictObject({
    /** A sentence. */
    title: z.string().min(10),
    /** Settings of the state manager, beside the usual ones. */
    settings: z.record(z.string().startsWith('FANOUT_'), z.string()).default({}),
    /** Who may call: anybody if absent; `tokens`: who has one; `tls`, `mutual_tls`: over TLS, with a certificate. */
    access: z.enum(['open', 'tokens', 'tls', 'mutual_tls']).default('open'),
    /** Processes of its own; if absent it shares one that hosts the whole catalogue. */
    hosts: z.record(hostName, host).optional(),
    /** A graph template; without it, no run. */
    graph: json.optional(),
    inputs: json.default({}),
    /** JSON text of the trigger's inputs, where a number is more than JavaScript can hold. */
    inputs_text: z.string().optional(),
    /** JSON text by key. */
    store: z.record(z.string(), z.string()).default({}),
    steps: z.array(z.strictObject({ when: event, do: z.array(action) })).default([]),
    expect: expectations,
  })
  .refine(
    ({ hosts, steps }) => hosts !== undefined || steps.every(({ do: actions }) => actions.every(isHarmless)),
    {
      message: 'steps act on hosts that others share: give the scenario hosts of its own',
    },
  );

/** Tells whether an action touches nothing but its own run. */
function isHarmless(each: Action): boolean {
  return 'open' in each || 'control' in each;
}

export type Scenario = z.output<typeof scenario>;
export type HostPlan = z.output<typeof host>;
export type ScenarioEvent = z.output<typeof event>;
export type Action = z.output<typeof action>;
export type ItemKind = z.output<typeof itemKind>;
export type Amount = z.output<typeof amount>;

/** Reads a scenario. @throws Error it breaks rules, with the file and all of them */
export function parseScenario(file: string, text: string): Scenario {
  const result = scenario.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  throw new Error(`${file} is no scenario:\n${z.prettifyError(result.error)}`);
}
