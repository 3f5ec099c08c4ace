/**
 * Every key, with its type. A key of a shard carries the shard's hash tag, so that one step never crosses a
 * slot; what belongs to no run carries the tag of the catalog. Ids contain neither `{`, `}` nor `:`.
 */
export class Keys {
  readonly #prefix: string;
  readonly shards: number;

  constructor(prefix: string, shards: number) {
    this.#prefix = prefix;
    this.shards = shards;
  }

  /** The shard that a run lives on. */
  shardOf(runId: string): number {
    if (this.shards === 1) return 0;
    let hash = 0x811c9dc5;
    for (let i = 0; i < runId.length; i++) hash = Math.imul(hash ^ runId.charCodeAt(i), 0x01000193);
    return (hash >>> 0) % this.shards;
  }

  /** @param id of a run, or of what else is spread over the shards */
  #run(kind: string, id: string): string {
    return `${this.#shard(this.shardOf(id))}:${kind}:${id}`;
  }

  #shard(shard: number): string {
    return `{${this.#prefix}.${shard}}`;
  }

  #catalog(kind: string): string {
    return `{${this.#prefix}.catalog}:${kind}`;
  }

  // Of a run.

  /** hash: all that is small, see run-fields.ts */
  run = (runId: string) => this.#run('run', runId);
  /**
   * hash: `<state>.<output>` JSON (of emits `<work>.<output>`), `r<state>.<output>` which next nodes it goes to, as 1 and
   * 0, if not to all; `l<state>.<output>` its label, if it has one; `e<state>` failures, `t` the trigger's inputs,
   * `c<state>` inputs that a retry by hand has corrected from that attempt on
   */
  outputs = (runId: string) => this.#run('outputs', runId);
  /** hash: JSON by key, of users */
  store = (runId: string) => this.#run('store', runId);
  /** zset: `<scope>:<branch>:<state>` of counted failures */
  failures = (runId: string) => this.#run('failures', runId);
  /** zset: `<scope>:<window>:<branch>` of windows that have fired or will */
  windows = (runId: string) => this.#run('windows', runId);
  /** zset: states that are ERRORED or RETRY_CREATED, by status and number, see run-lists.ts */
  failedStates = (runId: string) => this.#run('failed', runId);
  /** zset: the slowest states of each node template, by its number and how long they ran, see run-lists.ts */
  slowest = (runId: string) => this.#run('slowest', runId);
  /** list: the newest lines that its nodes have logged, see log-line.ts */
  log = (runId: string) => this.#run('log', runId);
  /** set: `<state>.<token>` of all that was staged, committed or not */
  wide = (runId: string) => this.#run('wide', runId);
  /** list: numbers of ready states of one node template */
  ready = (runId: string, node: number) => `${this.#run('ready', runId)}:${node}`;
  /** list: numbers of ready states of one node template that a pause below a state holds */
  parked = (runId: string, node: number) => `${this.#run('parked', runId)}:${node}`;
  /** hash: staged outputs by index, and `end`: one more than the highest index */
  staged = (runId: string, state: number, token: string) => `${this.#run('staged', runId)}:${state}.${token}`;
  /** hash: for each staged output that is routed, which next nodes it goes to, as 1 and 0 */
  stagedRoutes = (runId: string, state: number, token: string) =>
    `${this.#run('routes', runId)}:${state}.${token}`;

  /** hash: labels of staged outputs by index, of those that have one */
  stagedLabels = (runId: string, state: number, token: string) =>
    `${this.#run('labels', runId)}:${state}.${token}`;

  /** string: the newest numbered change to the store under a lease, and its answer; gone by itself */
  storeMade = (runId: string, state: number, token: string) =>
    `${this.#run('made', runId)}:${state}.${token}`;

  // Of a shard.

  /** zset: `<run>:<node>` with ready states of a node, by rank and when it was last served */
  work = (shard: number, namespace: string, nodeName: string) =>
    `${this.#shard(shard)}:work:${namespace}:${nodeName}`;
  /** zset: sessions by deadline */
  sessions = (shard: number) => `${this.#shard(shard)}:sessions`;
  /** hash: newest stream by session */
  streams = (shard: number) => `${this.#shard(shard)}:streams`;
  /** hash: name of its runtime by session, for people */
  names = (shard: number) => `${this.#shard(shard)}:names`;
  /** hash: `<run>:<state>` to lease token, of one session */
  leases = (shard: number, sessionId: string) => `${this.#shard(shard)}:leases:${sessionId}`;
  /** hash: `<run>:<state>` to lease token, `|` and what was said last of it, of one session; gone by itself */
  progress = (shard: number, sessionId: string) => `${this.#shard(shard)}:progress:${sessionId}`;
  /** string: the state manager that looks after what is due there; gone by itself */
  upkeep = (shard: number) => `${this.#shard(shard)}:upkeep`;
  /** zset: `<run>:<state>:<node>` by due time */
  due = (shard: number) => `${this.#shard(shard)}:due`;
  /** zset: `<run>:<state>:<node>` of suspects that wait, by when to try next */
  suspects = (shard: number) => `${this.#shard(shard)}:suspects`;
  /** zset: `<run>:<state>:<token>` by the instant that ends the attempt */
  timeouts = (shard: number) => `${this.#shard(shard)}:timeouts`;
  /** zset: `<run>:<scope>` by the instant that decides it */
  timers = (shard: number) => `${this.#shard(shard)}:timers`;
  /** zset: `<run>:s:<scope>`, `<run>:r:`, `<run>:b:<mark>`, `<run>:g:<state>`, `<run>:p:`: what is to be cancelled in steps, or let go, by last step */
  cancelling = (shard: number) => `${this.#shard(shard)}:cancelling`;
  /** zset: `<run>:<state>` of fan-outs with children to create, by last step */
  expanding = (shard: number) => `${this.#shard(shard)}:expanding`;
  /** zset: runs that have not ended by the instant that ends them */
  deadlines = (shard: number) => `${this.#shard(shard)}:deadlines`;
  /** zset: runs that have ended by the instant that removes them */
  retiring = (shard: number) => `${this.#shard(shard)}:retiring`;
  /** zset: `<run>:<namespace>:<graph>:<status>:<end>:<chain>:<origin>` and tries, of ends that may start runs, by end or when to try again */
  ends = (shard: number) => `${this.#shard(shard)}:ends`;
  /** hash: what namespaces have there, `<namespace>:runs` that have not ended, `<namespace>:states` of those, `<namespace>:bytes` that theirs were given */
  usage = (shard: number) => `${this.#shard(shard)}:usage`;
  /** hash: `<namespace>:<graph>:<version>` number of runs that are kept, `<namespace>:<graph>` first version with which runs may begin, if not all */
  versions = (shard: number) => `${this.#shard(shard)}:versions`;
  /** zset: runs of a namespace by creation */
  runs = (shard: number, namespace: string) => `${this.#shard(shard)}:runs:${namespace}`;
  /** zset: runs of a namespace that have a label, by creation */
  labelled = (shard: number, namespace: string, [label, value]: readonly [string, string]) =>
    `${this.#shard(shard)}:labelled:${namespace}:${label}=${value}`;

  /** zset: `<namespace>:<job>` of jobs on many runs that go on, by the instant from which the next step may be taken */
  dueRunJobs = (shard: number) => `${this.#shard(shard)}:due_jobs`;
  /** hash: jobs on many runs of a namespace, see run-jobs.ts; gone by itself */
  runJobs = (namespace: string) => this.#run('jobs', namespace);
  /** zset: jobs on many runs of a namespace, by the instant that forgets them, inf while they go on; gone by itself */
  runJobEnds = (namespace: string) => this.#run('job_ends', namespace);

  // Of a namespace, all on one shard.

  #limit(kind: string, namespace: string, limit: string): string {
    return `${this.#shard(this.shardOf(namespace))}:${kind}:${namespace}:${limit}`;
  }

  /** string: permits of a rate limit that still count, see permits.lua; gone by itself */
  permits = (namespace: string, limit: string) => this.#limit('permits', namespace, limit);
  /** zset: `<run>:<state>` that wait for a rate limit, by arrival; gone by itself */
  line = (namespace: string, limit: string) => this.#limit('line', namespace, limit);
  /** zset: the same states, by when they were told to come again; gone by itself */
  lineTimes = (namespace: string, limit: string) => this.#limit('line_times', namespace, limit);

  // Of the deployment.

  /** hash: what a deployment is created with and cannot change */
  deployment = () => this.#catalog('deployment');
  /** hash: newest version by graph name */
  graphs = (namespace: string) => this.#catalog(`graphs:${namespace}`);
  /** hash: highest version that is deleted, by graph name */
  deletedGraphs = (namespace: string) => this.#catalog(`deleted:${namespace}`);
  /** hash: JSON by version, with secrets sealed */
  graph = (namespace: string, name: string) => this.#catalog(`graph:${namespace}:${name}`);
  /** hash: first of the versions that are kept for being new, by graph name; absent: all are */
  firstNew = (namespace: string) => this.#catalog(`first_new:${namespace}`);
  /** zset: `<namespace>:<graph>:<version>` of versions that are kept only while runs use them, and `:u` if it had none at the last look, by when to look */
  oldVersions = () => this.#catalog('old_versions');
  /** hash: number of versions that are kept, by namespace */
  keptVersions = () => this.#catalog('kept_versions');
  /** list: triggers of a graph's newest version, `s`, a schedule's form, `:` and the schedule, or `l` and a listener */
  triggers = (namespace: string, name: string) => this.#catalog(`triggers:${namespace}:${name}`);
  /** zset: schedules `<namespace>:<graph>:<trigger>` that are not paused, by the start of their next slot */
  schedules = () => this.#catalog('schedules');
  /** zset: `<schedule>:<version>:<slot>`, and tries, of slots that are recorded and have no run yet, by slot or when to try again */
  slots = () => this.#catalog('slots');
  /** hash: `<slot>:<run>:<run before>` by schedule: the newest slot that got a run */
  started = () => this.#catalog('started');
  /** hash: `<since>:<start of the next slot, or empty>` by schedule, of those that are paused */
  paused = () => this.#catalog('paused');
  /** hash: `<slot>:<outcome>:<run>:<1 if it was caught up>` by schedule: the newest slot that was dealt with */
  lastSlots = () => this.#catalog('last_slots');
  /** zset: schedules that are not paused and have a back-fill, by when to take its next step */
  backfills = () => this.#catalog('backfills');
  /** hash: `<from>:<to>:<where to go on>:<slots>:<slots that are done>` by schedule: its back-fill */
  spans = () => this.#catalog('spans');
  /** zset: `<namespace>:<graph>:<graph to start>`, all with score 0 */
  listeners = () => this.#catalog('listeners');
  /** hash: limits that were set for a namespace, by quota */
  quotas = (namespace: string) => this.#catalog(`quotas:${namespace}`);
  /** string: instant at which the next run of a namespace that an end or a back-fill starts is due, if they come evenly; gone by itself */
  pace = (namespace: string) => this.#catalog(`pace:${namespace}`);
  /** zset: runs that descend from a trigger, by the instant from which each may start; gone by itself */
  descendants = (namespace: string, origin: string) => this.#catalog(`descendants:${namespace}:${origin}`);
  /** hash: JSON by node name */
  nodes = (namespace: string) => this.#catalog(`nodes:${namespace}`);
  /** hash: number of kept graph versions that name a node, by node name */
  namedNodes = (namespace: string) => this.#catalog(`named:${namespace}`);
  /** zset: registered nodes, `<namespace>:<node>`, by when a runtime was last seen to offer them */
  seenNodes = () => this.#catalog('seen_nodes');
  /** hash: JSON by session, of connected runtimes */
  runtimes = (namespace: string) => this.#catalog(`runtimes:${namespace}`);
  /** string: JSON, what was found of a session's process first when the session was lost; gone by itself */
  loss = (sessionId: string) => this.#catalog(`loss:${sessionId}`);
  /** hash: JSON by SHA-256 of the token */
  tokens = () => this.#catalog('tokens');
  /** zset: tokens that end by themselves, each by its SHA-256, by that instant */
  tokenEnds = () => this.#catalog('token_ends');

  // Channels.

  /** new work: `<namespace>:<node name>:<run>:<node>:<priority>` */
  wakeChannel = () => `${this.#prefix}:wake`;
  /** the end of a run: its id */
  endChannel = () => `${this.#prefix}:end`;
  /** runs that a state manager watches: `<state manager>:<run>:<run>…` */
  watchChannel = () => `${this.#prefix}:watch`;
  /** runs that a state manager has changed and another watches: `<state manager>:<run>:<run>…` */
  changeChannel = () => `${this.#prefix}:change`;
  /** assignments to give up, for the state manager that holds the session's stream: JSON */
  cancelChannel = () => `${this.#prefix}:cancel`;
}

/** Keys of what triggers have, by the names that scripts call them. */
export function triggerKeys(keys: Keys) {
  return {
    schedules: keys.schedules(),
    paused: keys.paused(),
    started: keys.started(),
    last_slots: keys.lastSlots(),
    backfills: keys.backfills(),
    spans: keys.spans(),
    listeners: keys.listeners(),
  };
}
