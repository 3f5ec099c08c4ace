import { checkGraph } from '../domain/check-graph.ts';
import type { GraphVersion, Page } from '../domain/model.ts';
import { FanoutError, type FieldViolation } from '../errors.ts';
import type { GraphsApi, PageRequest } from './api.ts';
import { pageOf } from './page-of.ts';
import type { CatalogStorage } from './ports.ts';

/** Graph templates and their versions. */
export class Graphs implements GraphsApi {
  readonly #catalog: CatalogStorage;

  constructor(catalog: CatalogStorage) {
    this.#catalog = catalog;
  }

  async upsert(
    namespace: string,
    name: string,
    templateJson: string,
  ): Promise<{ graph: GraphVersion; created: boolean; warnings: readonly FieldViolation[] }> {
    const { violations, warnings } = await this.validate(namespace, templateJson);
    if (violations.length > 0) {
      const rules = violations.length === 1 ? 'a rule' : `${violations.length} rules`;
      const list = violations.map(({ path, description }) => `\n  ${path}: ${description}`).join('');
      throw new FanoutError('GRAPH_INVALID', `graph ${name} breaks ${rules}:${list}`, { violations });
    }
    for (;;) {
      const newest = await this.#catalog.latestVersion(namespace, name);
      if (newest && isSame(newest.templateJson, templateJson))
        return { graph: newest, created: false, warnings };
      const version = (newest?.version ?? 0) + 1;
      const graph = { namespace, name, version, templateJson, createdAt: Date.now() };
      if (await this.#catalog.addVersion(graph)) return { graph, created: true, warnings };
      // Somebody else has added that version: compare with theirs.
    }
  }

  async validate(
    namespace: string,
    templateJson: string,
  ): Promise<{ violations: readonly FieldViolation[]; warnings: readonly FieldViolation[] }> {
    const registered = await this.#catalog.nodes(namespace);
    const nodes = new Map(
      registered.map(({ definition: { name, inputSchemaJson, outputSchemaJson, secrets } }) => [
        name,
        { inputSchema: readSchema(inputSchemaJson), outputSchema: readSchema(outputSchemaJson), secrets },
      ]),
    );
    return checkGraph(templateJson, { namespace, nodes });
  }

  async get(namespace: string, name: string, version: number): Promise<GraphVersion> {
    const graph =
      version === 0
        ? await this.#catalog.latestVersion(namespace, name)
        : await this.#catalog.version(namespace, name, version);
    if (graph) return graph;
    throw graphNotFound(namespace, name, version);
  }

  async list(namespace: string, page: PageRequest): Promise<Page<GraphVersion>> {
    const names = pageOf(await this.#catalog.graphNames(namespace), page, (name) => name);
    const graphs = await Promise.all(names.items.map((name) => this.#catalog.latestVersion(namespace, name)));
    return { ...names, items: graphs.filter((graph) => graph !== undefined) };
  }
}

export function graphNotFound(namespace: string, name: string, version = 0): FanoutError {
  const what = version === 0 ? `graph "${name}"` : `version ${version} of graph "${name}"`;
  return new FanoutError(
    'GRAPH_NOT_FOUND',
    `there is no ${what} in namespace "${namespace}": store it with UpsertGraph, or see ListGraphs`,
  );
}

function isSame(left: string, right: string): boolean {
  return JSON.stringify(JSON.parse(left)) === JSON.stringify(JSON.parse(right));
}

function readSchema(json: string): unknown {
  return json === '' ? undefined : JSON.parse(json);
}
