/** What was seen of one scenario: items on the wire, and what nodes have said. */
import type { Host, HostLine } from './host.ts';
import { has } from './matching.ts';
import type { Scenario } from './scenario.ts';
import type { WireItem } from './wire.ts';

type WireExpectation = NonNullable<Scenario['expect']['wire']>[number];
export type ItemFilter = Pick<WireExpectation, 'item' | 'of' | 'identifier' | 'has'>;

/** Filters what nodes have said. */
export interface SaidFilter {
  readonly text: string;
  readonly by?: string | undefined;
  readonly identifier?: string | undefined;
  readonly has?: Readonly<Record<string, unknown>> | undefined;
}

export class Observation {
  readonly #hosts: readonly Host[];
  readonly #runId: string;
  /** Place in the graph by state. */
  readonly #identifiers = new Map<string, string>();
  /** Number of items of each wire that are known. */
  readonly #read = new Map<Host, number>();

  /** @param runId only what has to do with this run, or with none, is seen */
  constructor(hosts: readonly Host[], runId: string) {
    this.#hosts = hosts;
    this.#runId = runId;
  }

  /** The hosts of a name, or of the group of that name; all if it is absent. */
  hosts(name?: string): readonly Host[] {
    const found = this.#hosts.filter(
      (host) => name === undefined || host.name === name || host.name.startsWith(`${name}.`),
    );
    if (found.length === 0) throw new Error(`the scenario has no host "${name}"`);
    return found;
  }

  items(filter: ItemFilter, { withheld = false } = {}): WireItem[] {
    return this.hosts(filter.of)
      .flatMap((host) => this.itemsOf(host))
      .filter(
        (each) =>
          each.kind === filter.item &&
          each.isWithheld === withheld &&
          (filter.identifier === undefined || this.identifierOf(each) === filter.identifier) &&
          (filter.has === undefined || has(each.value, filter.has)),
      );
  }

  /** All items of a host that have to do with the run, or with no state. */
  itemsOf(host: Host): WireItem[] {
    const all = host.wire?.items ?? [];
    for (const { kind, value } of all.slice(this.#read.get(host) ?? 0)) {
      if (kind === 'assignment' && value.runId === this.#runId)
        this.#identifiers.set(value.stateId as string, value.identifier as string);
    }
    this.#read.set(host, all.length);
    return all.filter(
      ({ value }) => value.stateId === undefined || this.#identifiers.has(value.stateId as string),
    );
  }

  identifierOf({ value }: WireItem): string | undefined {
    return this.#identifiers.get(value.stateId as string);
  }

  said(filter: SaidFilter): HostLine[] {
    return this.hosts(filter.by)
      .flatMap(({ lines }) => lines)
      .filter(
        (line) =>
          line.host === 'said' &&
          line.run_id === this.#runId &&
          line.text === filter.text &&
          (filter.identifier === undefined || line.identifier === filter.identifier) &&
          (filter.has === undefined || has(line, filter.has)),
      );
  }
}
