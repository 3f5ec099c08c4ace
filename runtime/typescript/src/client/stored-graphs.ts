import { type AnyGraph, templateWithSecrets } from '../graph/graph.ts';
import { checkOptions } from '../wire/options.ts';
import { readEstimate, readGraph, readViolation } from './client-codec.ts';
import type { NamedTemplate } from './client-options.ts';
import { runAssumptions } from './option-names.ts';
import type { Services } from './services.ts';
import type { GraphCheck, GraphVersion, RunAssumptions, StoredGraph } from './types/graphs.ts';

/** The graphs of a namespace. Every method throws FanoutError. */
export class StoredGraphs {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async upsert(graph: AnyGraph | NamedTemplate): Promise<StoredGraph> {
    const stored = await this.#services.call('graphs', 'upsertGraph', this.#written(graph));
    return {
      version: stored.graph?.version ?? 0,
      created: stored.created ?? false,
      warnings: (stored.warnings ?? []).map(readViolation),
    };
  }

  async validate(graph: AnyGraph | NamedTemplate, assumptions: RunAssumptions): Promise<GraphCheck> {
    checkOptions('validate', assumptions, runAssumptions);
    const { widths = {}, outputBytes = 0 } = assumptions;
    const assumed = { assumedWidths: widths, assumedOutputBytes: outputBytes };
    const request = { ...this.#written(graph), ...assumed };
    const { violations, warnings, estimate } = await this.#services.call('graphs', 'validateGraph', request);
    return {
      violations: (violations ?? []).map(readViolation),
      warnings: (warnings ?? []).map(readViolation),
      estimate: estimate && readEstimate(estimate),
    };
  }

  async get(name: string, version: number): Promise<GraphVersion> {
    const { graph = {} } = await this.#services.call('graphs', 'getGraph', { name, version });
    return readGraph(this.#services.json)(graph);
  }

  list(): AsyncGenerator<GraphVersion, void> {
    return this.#services.pages('graphs', 'listGraphs', {}, ({ graphs = [] }) =>
      graphs.map(readGraph(this.#services.json)),
    );
  }

  async delete(name: string): Promise<number> {
    const { versions = 0 } = await this.#services.call('graphs', 'deleteGraph', { name });
    return versions;
  }

  #written(graph: AnyGraph | NamedTemplate): { name: string; templateJson: string } {
    return { name: graph.name, templateJson: this.#services.json.stringify(templateWithSecrets(graph)) };
  }
}
