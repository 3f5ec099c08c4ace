import type { ConnectedRuntime, RegisteredNode } from '../../domain/model/node.ts';
import type { Page } from '../../domain/model/page.ts';
import type { NodesApi, PageRequest } from '../ports/api.ts';
import type { CatalogStorage } from '../ports/catalog.ts';

/** Nodes that a namespace knows, and runtimes that host them. */
export class Nodes implements NodesApi {
  readonly #catalog: CatalogStorage;

  constructor(catalog: CatalogStorage) {
    this.#catalog = catalog;
  }

  list(namespace: string, page: PageRequest): Promise<Page<RegisteredNode>> {
    return this.#catalog.nodes(namespace, page);
  }

  runtimes(namespace: string, page: PageRequest): Promise<Page<ConnectedRuntime>> {
    return this.#catalog.runtimes(namespace, page);
  }
}
