/** Executes a graph against storage in a random order, with all that can come in between. */
import { createHash } from 'node:crypto';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { PlannedReport } from '../../../services/state-manager/engine/ports/settling.ts';
import type { Storage } from '../../../services/state-manager/engine/ports/storage.ts';
import { unitedItems } from '../../../services/state-manager/engine/tree/united-lists.ts';
import { beginRun } from '../begin-run.ts';
import { newRun, type StorageFixture } from '../fixture.ts';
import { errored, executed, type Held, lost, returned, SessionDriver } from '../session-driver.ts';

export interface Ending {
  readonly run: LoadedRun;
  readonly status: string;
  /** `path status` of every state. */
  readonly states: readonly string[];
  /** The list that each uniting state finds, by its path and the node. */
  readonly lists: Readonly<Record<string, readonly unknown[]>>;
}

/** The behaviour of a node at a place: a function of the place alone. */
export interface Behaviour {
  readonly width: number;
  /** Attempts that fail before one succeeds. */
  readonly failures: number;
}

/** A number in [0, 1) for each text. */
export function chance(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(parts.join()).digest().readUInt32LE() / 2 ** 32;
}

export async function executeRandomly(
  fixture: StorageFixture,
  other: Storage,
  graph: Graph,
  behave: (identifier: string, path: string) => Behaviour,
  order: string,
): Promise<Ending> {
  const execution = new RandomExecution(fixture, other, graph, behave, order);
  await execution.start();
  while (await execution.step());
  return execution.ending();
}

class RandomExecution {
  readonly #fixture: StorageFixture;
  readonly #drivers: readonly SessionDriver[];
  readonly #run: LoadedRun;
  readonly #behave: (identifier: string, path: string) => Behaviour;
  readonly #order: string;
  readonly #paths = new Map<number, string>();
  readonly #done: PlannedReport[] = [];
  #held: Held[] = [];
  #draws = 0;

  constructor(
    fixture: StorageFixture,
    other: Storage,
    graph: Graph,
    behave: (identifier: string, path: string) => Behaviour,
    order: string,
  ) {
    this.#fixture = fixture;
    this.#drivers = [new SessionDriver(fixture.storage, `a${order}`), new SessionDriver(other, `b${order}`)];
    this.#run = newRun(graph);
    this.#behave = behave;
    this.#order = order;
  }

  async start(): Promise<void> {
    for (const driver of this.#drivers) await driver.attach();
    await beginRun(this.#fixture.storage.runs, { ...this.#run, digest: '', inputsJson: '{}' });
  }

  /** False: there is nothing left to do. */
  async step(): Promise<boolean> {
    const driver = this.#drivers[this.#below(2)]!;
    if (this.#below(10) === 0) await this.#fixture.redis.script('FLUSH');
    if (this.#below(3) > 0) return this.#report(driver);
    const held = await driver.claim(this.#run, undefined, 1 + this.#below(4));
    for (const one of held) this.#paths.set(one.state, await this.#path(one.record));
    this.#held.push(...held);
    if (this.#held.length > 0 || held.length > 0) return true;
    return (await this.#fixture.storage.runs.view(this.#run.runId))?.status === 'RUNNING';
  }

  async #report(driver: SessionDriver): Promise<boolean> {
    const batch = this.#held.filter(() => this.#below(2) === 0);
    const reports = batch.map((held) => this.#reportOn(held));
    // What was settled before comes again, on its own and in company.
    const again = this.#done[this.#below(this.#done.length + 1)];
    if (again && !reports.some(({ state }) => state === again.state)) {
      const { kind } = await driver.settle(this.#run, [again, ...reports]);
      if (kind !== 'refused') throw new Error(`a report that came again was ${kind}`);
    }
    if (reports.length === 0) return true;
    const result = await driver.settle(this.#run, reports);
    if (result.kind !== 'committed') throw new Error(`reports were ${result.kind}`);
    this.#held = this.#held.filter((held) => !batch.includes(held));
    this.#done.push(...reports);
    return true;
  }

  #reportOn(held: Held): PlannedReport {
    const luck = this.#below(10);
    if (luck === 0) return returned(held);
    if (luck === 1 && held.record.losses < 2) return lost(held);
    const path = this.#paths.get(held.state)!;
    const { identifier } = this.#run.graph.nodes[held.record.standing.node]!;
    const { width, failures } = this.#behave(identifier, path);
    if (held.record.retries < failures) return errored(held, true);
    return executed(
      held,
      Array.from({ length: width }, (_, output) => ({ value: `${path}#${output}` })),
    );
  }

  async ending(): Promise<Ending> {
    const { runs } = this.#fixture.storage;
    const view = (await runs.view(this.#run.runId))!;
    const states = Array.from({ length: view.lastState }, (_, i) => i + 1);
    const records = await runs.records(this.#run.runId, states);
    const lines: string[] = [];
    const lists: Record<string, unknown[]> = {};
    for (const record of records) {
      const path = await this.#path(record!);
      lines.push(`${path} ${record!.status}`);
      if (record!.output !== undefined || record!.status !== 'SUCCESS') continue;
      for (const node of this.#run.graph.nodes[record!.standing.node]!.unites!.covers) {
        const items: unknown[] = [];
        const found = unitedItems(runs, this.#run, record!, { node, path: ['value'] });
        for await (const page of found) items.push(...page.map(({ json }) => JSON.parse(json)));
        lists[`${path} ${this.#run.graph.nodes[node]!.identifier}`] = items;
      }
    }
    return { run: this.#run, status: view.status, states: lines.sort(), lists };
  }

  /** `identifier@output` for each step from the root. */
  async #path({ standing, output }: StateRecord): Promise<string> {
    const { identifier } = this.#run.graph.nodes[standing.node]!;
    if (standing.parent === 0) return identifier;
    let above = this.#paths.get(standing.parent);
    if (above === undefined) {
      const [parent] = await this.#fixture.storage.runs.records(this.#run.runId, [standing.parent]);
      above = await this.#path(parent!);
      this.#paths.set(standing.parent, above);
    }
    return `${above}/${identifier}@${output ?? 'u'}`;
  }

  #below(end: number): number {
    this.#draws += 1;
    return Math.floor(chance(this.#order, this.#draws) * end);
  }
}
