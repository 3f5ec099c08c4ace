import type { ConnectedRuntime, RegisteredNode } from '../../domain/model/node.ts';
import type { Page } from '../../domain/model/page.ts';
import type { NodesApi, PageRequest } from '../ports/api.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import { pageOfSorted } from '../ports/page-of-sorted.ts';

/** Nodes that a namespace knows, and runtimes that host them. */
export class Nodes implements NodesApi {
  readonly #catalog: CatalogStorage;

  constructor(catalog: CatalogStorage) {
    this.#catalog = catalog;
  }

  async list(namespace: string, page: PageRequest): Promise<Page<RegisteredNode>> {
    return pageOfSorted(await this.#catalog.nodes(namespace), page, ({ definition }) => definition.name);
  }

  runtimes(namespace: string): Promise<readonly ConnectedRuntime[]> {
    return this.#catalog.runtimes(namespace);
  }
}
