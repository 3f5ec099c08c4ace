import type { ConnectedRuntime, Page, RegisteredNode } from '../../domain/model/model.ts';
import type { NodesApi, PageRequest } from '../ports/api.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import { pageOf } from '../ports/page-of-sorted.ts';

/** Which nodes a namespace knows, and who runs them. */
export class Nodes implements NodesApi {
  readonly #catalog: CatalogStorage;

  constructor(catalog: CatalogStorage) {
    this.#catalog = catalog;
  }

  async list(namespace: string, page: PageRequest): Promise<Page<RegisteredNode>> {
    return pageOf(await this.#catalog.nodes(namespace), page, ({ definition }) => definition.name);
  }

  runtimes(namespace: string): Promise<readonly ConnectedRuntime[]> {
    return this.#catalog.runtimes(namespace);
  }
}
