import type { Assumptions } from '../../domain/graph/estimate-run.ts';
import type { RunLimits } from '../../domain/graph/run-limits.ts';
import type { GraphVersion } from '../../domain/model/graph.ts';
import type { Page } from '../../domain/model/page.ts';
import type { RunSummary } from '../../domain/model/run.ts';
import { nodeNamesIn } from '../../domain/template/check-graph.ts';
import type { Upload } from '../../domain/template/check-upload.ts';
import { type OpenedSecret, secretPlaceholder } from '../../domain/template/template-secrets.ts';
import { FanoutError, type FieldViolation } from '../../errors.ts';
import { graphNotFound } from '../loaded/not-found.ts';
import { type Quotas, quotaExceeded } from '../loaded/quotas.ts';
import { isSameSecret, type Secrets } from '../loaded/secrets.ts';
import type { GraphCheck, GraphsApi, PageRequest } from '../ports/api.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { RunIndex } from '../ports/run-reader.ts';
import type { Storage } from '../ports/storage.ts';
import type { TemplateChecker } from '../ports/template-checker.ts';
import type { CronClock, TriggerStorage } from '../ports/triggers.ts';
import { missingGraphs, newTriggers } from '../triggers/new-triggers.ts';

/** Graph templates and their versions. */
export class Graphs implements GraphsApi {
  readonly #catalog: CatalogStorage;
  readonly #runs: RunIndex;
  readonly #templates: TemplateChecker;
  readonly #secrets: Secrets;
  readonly #triggers: TriggerStorage;
  readonly #clock: CronClock;
  readonly #quotas: Quotas;
  readonly #runLimits: RunLimits;
  readonly #keptVersions: number;

  constructor({
    storage,
    templates,
    secrets,
    clock,
    quotas,
    runLimits,
    keptVersions,
  }: {
    storage: Pick<Storage, 'catalog' | 'runs' | 'triggers'>;
    templates: TemplateChecker;
    secrets: Secrets;
    clock: CronClock;
    quotas: Quotas;
    /** Limits of runs whose graphs set none. */
    runLimits: RunLimits;
    /** Newest versions of a graph that are kept, whatever uses them. */
    keptVersions: number;
  }) {
    this.#catalog = storage.catalog;
    this.#runs = storage.runs;
    this.#triggers = storage.triggers;
    this.#runLimits = runLimits;
    this.#keptVersions = keptVersions;
    this.#templates = templates;
    this.#secrets = secrets;
    this.#clock = clock;
    this.#quotas = quotas;
  }

  async upsert(
    namespace: string,
    name: string,
    templateJson: string,
  ): Promise<{ graph: GraphVersion; created: boolean; warnings: readonly FieldViolation[] }> {
    const nodes = await this.#knownNodes(namespace, name, templateJson);
    for (;;) {
      const newest = await this.#catalog.latestVersion(namespace, name);
      const stored = newest ? this.#secrets.open(newest) : new Map<string, OpenedSecret>();
      const { violations, warnings, valid } = await this.#templates.check({
        namespace,
        templateJson,
        nodes,
        secrets: { canSeal: this.#secrets.canSeal, stored },
        ...(newest && { newestJson: newest.templateJson }),
      });
      if (!valid) throw graphInvalid(name, violations);
      const { triggers, split } = valid;
      const missing = await missingGraphs(this.#catalog, namespace, triggers);
      const allWarnings = [...warnings, ...missing];

      const secrets = withKept(split.secrets, stored);
      if (newest && valid.isStored && areStored(secrets, stored)) {
        if (this.#secrets.isOutdated(newest))
          await this.#catalog.resealVersion({ ...newest, ...this.#secrets.seal(newest, secrets) });
        return { graph: newest, created: false, warnings: allWarnings };
      }
      await this.#checkRoom(namespace, newest === undefined);
      const before = newest?.version ?? (await this.#catalog.deletedVersion(namespace, name));
      const version = { namespace, name, version: before + 1 };
      const createdAt = await this.#catalog.now();
      const graph = { ...version, templateJson: split.templateJson, createdAt };
      const sealed = { ...graph, ...this.#secrets.seal(version, secrets) };
      const starts = await newTriggers(this.#triggers, this.#clock, version, triggers);
      const use = { nodeNames: valid.nodeNames, kept: this.#keptVersions };
      if (await this.#catalog.addVersion(sealed, starts, use))
        return { graph, created: true, warnings: allWarnings };
      // Another call has added that version: compare with theirs.
    }
  }

  /** Makes sure that one more version may be stored, or graph. @throws FanoutError QUOTA_EXCEEDED */
  async #checkRoom(namespace: string, isNew: boolean): Promise<void> {
    const [limits, sizes] = await Promise.all([this.#quotas.of(namespace), this.#catalog.sizes(namespace)]);
    for (const quota of isNew ? (['graphs', 'versions'] as const) : (['versions'] as const))
      if (sizes[quota] >= limits[quota]) throw quotaExceeded(namespace, quota, sizes[quota], limits[quota]);
  }

  async validate(
    namespace: string,
    name: string,
    templateJson: string,
    assumptions: Assumptions,
  ): Promise<GraphCheck> {
    const [nodes, newest] = await Promise.all([
      this.#knownNodes(namespace, name, templateJson),
      name === '' ? undefined : this.#catalog.latestVersion(namespace, name),
    ]);
    const stored = newest ? this.#secrets.open(newest) : new Map<string, OpenedSecret>();
    const { violations, warnings, valid } = await this.#templates.check({
      namespace,
      templateJson,
      nodes,
      secrets: { canSeal: this.#secrets.canSeal, stored },
      estimate: { assumptions, limits: this.#runLimits },
    });
    if (!valid?.estimated) return { violations, warnings };
    const { estimated, triggers } = valid;
    if (estimated.violations.length > 0) throw wrongAssumptions(estimated.violations);
    const missing = await missingGraphs(this.#catalog, namespace, triggers);
    return {
      violations,
      warnings: [...warnings, ...missing, ...estimated.warnings],
      estimate: estimated.estimate,
    };
  }

  async get(namespace: string, name: string, version: number): Promise<GraphVersion> {
    const graph =
      version === 0
        ? await this.#catalog.latestVersion(namespace, name)
        : await this.#catalog.version(namespace, name, version);
    if (graph && graph.version > (await this.#catalog.deletedVersion(namespace, name))) return graph;
    throw graphNotFound(namespace, name, version);
  }

  list(namespace: string, page: PageRequest): Promise<Page<GraphVersion>> {
    return this.#catalog.graphs(namespace, page);
  }

  async delete(namespace: string, name: string): Promise<{ versions: number }> {
    if (!(await this.#catalog.latestVersion(namespace, name))) throw graphNotFound(namespace, name);
    const run = await this.#unendedRun(namespace, name);
    if (run) {
      throw new FanoutError(
        'GRAPH_IN_USE',
        `run ${run.runId} of graph "${name}" has not ended: wait for it, or cancel it, and delete the graph then`,
      );
    }
    const versions = await this.#catalog.deleteGraph(namespace, name);
    if (versions === 0) throw graphNotFound(namespace, name);
    return { versions };
  }

  /** A run of a graph that has not ended. Looks through the runs of the namespace until it has seen all that have not. */
  async #unendedRun(namespace: string, name: string): Promise<RunSummary | undefined> {
    let { runs: left } = await this.#runs.usage(namespace);
    let pageToken: string | undefined = '';
    while (left > 0 && pageToken !== undefined) {
      const page: Page<RunSummary> = await this.#runs.list(
        namespace,
        {},
        { pageSize: runsAtOnce, pageToken },
      );
      const unended = page.items.filter(({ endedAt }) => endedAt === undefined);
      const run = unended.find(({ graphName }) => graphName === name);
      if (run) return run;
      left -= unended.length;
      pageToken = page.nextPageToken;
    }
    return undefined;
  }

  /**
   * The registered ones of the nodes that a template names.
   * @throws FanoutError GRAPH_INVALID their definitions are too large together
   */
  async #knownNodes(namespace: string, name: string, templateJson: string): Promise<Upload['nodes']> {
    const names = nodeNamesIn(templateJson);
    const bytes = await this.#catalog.nodeBytes(namespace, names);
    if (bytes > maxDefinitionBytes) throw graphInvalid(name, [tooManyDefinitions(bytes)]);
    const registered = await this.#catalog.nodesNamed(namespace, names);
    return registered.filter((definition) => definition !== undefined);
  }
}

/** Runs that are looked at in one step. */
const runsAtOnce = 500;
/** Bytes of the definitions of all nodes that one graph names. */
const maxDefinitionBytes = 16_000_000;

function tooManyDefinitions(bytes: number): FieldViolation {
  const description = `the definitions of the nodes that it names have ${bytes} bytes, ${maxDefinitionBytes} are allowed: shorten their schemas, or split the graph`;
  return { path: '$.nodes', code: 'DEFINITIONS_TOO_LARGE', description };
}

/** Given secrets, with the stored value where one is to be kept. */
function withKept(
  given: ReadonlyMap<string, string>,
  stored: ReadonlyMap<string, OpenedSecret>,
): ReadonlyMap<string, string> {
  return new Map(
    [...given].map(([name, value]) => {
      const kept = value === secretPlaceholder ? stored.get(name) : undefined;
      return [name, kept?.kind === 'value' ? kept.value : value];
    }),
  );
}

/** True if secrets are as they are stored. One that does not open is not. */
function areStored(secrets: ReadonlyMap<string, string>, stored: ReadonlyMap<string, OpenedSecret>): boolean {
  return [...secrets].every(([name, value]) => {
    const known = stored.get(name);
    return known?.kind === 'value' && isSameSecret(known.value, value);
  });
}

function wrongAssumptions(violations: readonly FieldViolation[]): FanoutError {
  const message = violations.map(({ description }) => description).join('; ');
  return new FanoutError('FIELD_INVALID', message, { violations });
}

function graphInvalid(name: string, violations: readonly FieldViolation[]): FanoutError {
  const rules = violations.length === 1 ? 'a rule' : `${violations.length} rules`;
  const list = violations.map(({ path, description }) => `\n  ${path}: ${description}`).join('');
  return new FanoutError('GRAPH_INVALID', `graph ${name} breaks ${rules}:${list}`, { violations });
}
