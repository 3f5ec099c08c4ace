/** Who may import whom. The folders and their duties are in docs/architecture.md. */

const manager = '^services/state-manager';
const npm = (...names) => `^node_modules/(${names.join('|')})/`;

/** A folder imports what `allowed` lists, itself, and, with `core`, what Node brings. */
const only = (name, from, allowed, { core = true } = {}) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { pathNot: [from, ...allowed], ...(core ? { dependencyTypesNot: ['core'] } : {}) },
});

const typesOnly = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: to, dependencyTypesNot: ['type-only'] },
});

/**
 * The rooms of the largest folders, and what each imports beside itself. Read from top to bottom it is the way
 * that data takes: a room only ever names rooms further down.
 */
const rooms = {
  engine: {
    queries: ['watch', 'triggers', 'control', 'session', 'inputs', 'tree', 'loaded', 'ports'],
    watch: ['loaded', 'ports'],
    catalog: ['triggers', 'loaded', 'ports'],
    upkeep: ['turn', 'loaded', 'ports'],
    triggers: ['control', 'loaded', 'ports'],
    control: ['turn', 'reports', 'tree', 'loaded', 'ports'],
    streams: ['turn', 'reports', 'logs', 'session', 'inputs', 'tree', 'loaded', 'ports'],
    turn: ['limits', 'reports', 'session', 'inputs', 'tree', 'loaded', 'ports'],
    limits: ['reports', 'session', 'ports'],
    reports: ['session', 'loaded', 'ports'],
    logs: ['session', 'ports'],
    session: ['ports'],
    inputs: ['tree', 'ports'],
    tree: ['ports'],
    loaded: ['ports'],
    ports: [],
  },
  domain: {
    template: ['graph', 'run', 'model', 'json'],
    plan: ['graph', 'run', 'model'],
    graph: ['run', 'model', 'json'],
    run: ['model', 'json'],
    model: [],
    json: [],
  },
  storage: {
    runs: ['calls', 'layout', 'connection'],
    calls: ['layout', 'connection'],
    layout: [],
    connection: ['cluster'],
    cluster: [],
  },
  sdk: {
    client: ['graph', 'nodes', 'wire'],
    hosting: ['nodes', 'wire'],
    graph: ['nodes', 'wire'],
    nodes: ['wire'],
    wire: [],
  },
  cli: {
    commands: ['checks', 'mcp', 'connection', 'terminal', 'json'],
    checks: ['terminal'],
    mcp: ['json'],
    connection: ['terminal', 'json'],
    terminal: ['json'],
    json: [],
  },
};

const places = { sdk: '^runtime/typescript/src', cli: '^services/cli' };
const placeOf = (folder) => places[folder] ?? `${manager}/${folder}`;

/** Files that every room of a folder may use. */
const sharedBy = {
  domain: [`${manager}/domain/get-or-add\\.ts$`],
  cli: ['^services/cli/(environment|errors|exit-codes|options|own-package)\\.ts$'],
};

const roomRules = Object.entries(rooms).flatMap(([folder, imports]) =>
  Object.entries(imports).map(([room, allowed]) => ({
    name: `${folder}-${room}`,
    comment: `${folder}/${room} imports ${allowed.length > 0 ? allowed.join(', ') : 'no other room'}.`,
    severity: 'error',
    from: { path: `${placeOf(folder)}/${room}/` },
    to: {
      path: `${placeOf(folder)}/`,
      pathNot: [room, ...allowed].map((name) => `${placeOf(folder)}/${name}/`).concat(sharedBy[folder] ?? []),
    },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Two files that need each other are one file, or three; types count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...roomRules,
    {
      name: 'readers-take-no-step',
      comment:
        'engine/tree, engine/loaded and the queries over them read runs: of storage they name the reader only.',
      severity: 'error',
      from: {
        path: `${manager}/engine/(tree/|loaded/|queries/(describe-states|explain-unite|group-failures|list-states|one-state|run-ends|run-logs|run-results|small-results)\\.ts$)`,
      },
      to: { path: `${manager}/engine/ports/(control|due|settling|storage)\\.ts$` },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-package-in-production',
      severity: 'error',
      from: { path: '^(services|runtime/[^/]+/src|proto/index)' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    only('domain-decides', `${manager}/domain/`, [`${manager}/errors\\.ts$`], { core: false }),
    only('engine-moves', `${manager}/engine/`, [
      `${manager}/(domain/|(errors|log|loop|bell|byte-budget|in-turns|loop-allowance|take-turns)\\.ts$)`,
      npm('lru-cache'),
    ]),
    only('storage-keeps', `${manager}/storage/`, [
      `${manager}/(domain/|engine/ports/|(errors|log|redis-address)\\.ts$)`,
      npm('ioredis', 'zod'),
    ]),
    only('adapters-adapt', `${manager}/adapters/`, [
      `${manager}/(domain/|engine/ports/|(errors|log|loop-allowance)\\.ts$)`,
      npm('@eslint-community/regexpp', 'ajv', 'lru-cache'),
    ]),
    typesOnly('adapters-decide-nothing', `${manager}/adapters/`, `${manager}/engine/`),
    // The compiled graph is there to be looked up in; what it leads to is for the domain alone.
    typesOnly('storage-decides-nothing', `${manager}/storage/`, `${manager}/domain/(?!graph/graph\\.ts$)`),
    only('transport-translates', `${manager}/transport/`, [
      `${manager}/(engine/|domain/|(byte-budget|errors|in-turns|listen-address|log|loop)\\.ts$)`,
      '^proto/',
      npm('@grpc/[^/]+', 'grpc-health-check', 'denque', 'lru-cache'),
    ]),
    typesOnly('transport-decides-nothing', `${manager}/transport/`, `${manager}/domain/`),
    only('http-answers', `${manager}/http/`, [
      `${manager}/(transport/(http-calls|errors-to-grpc|request-items|codec/json-shape|port/http-requests)|errors|log)\\.ts$`,
      '^proto/',
      npm('@grpc/grpc-js'),
    ]),
    only('metrics-count', `${manager}/metrics/`, [
      `${manager}/engine/ports/meters\\.ts$`,
      npm('prom-client'),
    ]),
    only('main-reads-the-environment', `${manager}/main\\.ts$`, [
      `${manager}/(app|config|log|errors|version)\\.ts$`,
    ]),
    only('fanout-server-brings-a-redis', `${manager}/fanout-server\\.ts$`, [
      `${manager}/(app|config|describe-settings|log|errors|version|own-redis|processes/start-process)\\.ts$`,
    ]),
    only('health-loads-nothing', `${manager}/health\\.ts$`, []),
    only('processes-know-no-state-manager', `${manager}/processes/`, [npm('get-port')]),
    {
      name: 'only-fanout-server-starts-processes',
      severity: 'error',
      from: { path: `${manager}/`, pathNot: `${manager}/(processes/|(fanout-server|own-redis)\\.ts$)` },
      to: { path: `${manager}/(processes/|own-redis\\.ts$)` },
    },
    {
      name: 'nothing-imports-a-program',
      severity: 'error',
      from: {},
      to: { path: `${manager}/(main|fanout-server|health)\\.ts$` },
    },
    {
      name: 'app-is-on-top',
      severity: 'error',
      from: { path: '^services/', pathNot: `${manager}/(main|fanout-server)\\.ts$` },
      to: { path: `${manager}/app\\.ts$` },
    },
    {
      name: 'others-speak-to-the-state-manager-over-grpc',
      severity: 'error',
      from: { path: '^(services/(client|cli|dashboard)|runtime|proto|examples)/' },
      to: { path: `${manager}/` },
    },
    {
      name: 'scripts-share-how-processes-are-started',
      severity: 'error',
      from: { path: '^(bench|scripts)/' },
      to: { path: `${manager}/`, pathNot: `${manager}/processes/` },
    },
    {
      name: 'runtimes-stand-alone',
      severity: 'error',
      from: { path: '^runtime/([^/]+)/', pathNot: '^runtime/conformance/' },
      to: { path: '^(services|scripts|examples|bench|test|runtime/conformance)/' },
    },
    {
      name: 'hosts-use-what-users-have',
      severity: 'error',
      from: { path: '^runtime/conformance/hosts/' },
      to: { path: '^(services|scripts|examples|bench|test|runtime/conformance/(runner/|main))' },
    },
    only('proto-stands-alone', '^proto/', [npm('@grpc/[^/]+')]),
    {
      name: 'examples-use-what-users-have',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(services|scripts|bench|test)/' },
    },
    {
      name: 'tests-are-on-top',
      severity: 'error',
      from: { pathNot: '^(test|runtime/[^/]+/test|runtime/conformance)/' },
      to: { path: '^(test|runtime/[^/]+/test)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Programs of peers import what only the benchmarks install.
    exclude: { path: '^proto/gen/|/dist/|^bench/peers/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
