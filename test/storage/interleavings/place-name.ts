/** Names of places in a search: the same for places that differ only by times, tokens, numbers, and which branch is which. */
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import type { RunSnapshot } from '../../support/audit/run-snapshot.ts';

export function placeName(graph: Graph, snapshot: RunSnapshot): string {
  const { fields, jobs } = snapshot;
  const run = [fields.get('status'), fields.has('ending') ? 'ending' : '', jobs.has('r:') ? 'r' : ''].join(
    '',
  );
  return `${run} ${new Naming(graph, snapshot).state(1)}`;
}

class Naming {
  readonly #graph: Graph;
  readonly #snapshot: RunSnapshot;
  /** First attempts by what they grew from. */
  readonly #grown = new Map<string, number[]>();

  constructor(graph: Graph, snapshot: RunSnapshot) {
    this.#graph = graph;
    this.#snapshot = snapshot;
    for (const [state, { work, standing, output }] of snapshot.states) {
      if (work !== state) continue;
      const from =
        output === undefined ? `${standing.parent}u${standing.node}` : `${standing.parent}.${output}`;
      this.#grown.set(
        from,
        [...(this.#grown.get(from) ?? []), state].sort((left, right) => left - right),
      );
    }
  }

  /** A state, its later attempts, and all that grew from it. */
  state(state: number): string {
    const record = this.#snapshot.states.get(state)!;
    const { status, losses, retries, leaseToken, standing, fanOut, replacement, isSuperseded, isCutOff } =
      record;
    const { ready, parked, due, fields } = this.#snapshot;
    const isLive = status === 'CREATED' || status === 'QUEUED';
    const parts = [
      standing.node,
      status.slice(0, 2),
      isSuperseded ? 's' : isCutOff ? 'c' : '',
      this.#marks(String(state)),
    ];
    if (isLive) {
      parts.push(`${losses}.${retries}`, leaseToken === '' ? '' : 'T');
      if (ready[standing.node]!.includes(state)) parts.push('R');
      if (parked[standing.node]!.includes(state)) parts.push('P');
      if (due.has(state)) parts.push('D');
    }
    if (fanOut)
      parts.push(
        `x${fields.get(`x${state}`) ?? ''}`,
        ...this.#outputs(state, fanOut.total),
        ...this.#scopes(state),
      );
    if (replacement !== undefined) parts.push(`>${this.state(replacement)}`);
    return `[${parts.join('')}]`;
  }

  /** Branches are alike, whatever their numbers. */
  #outputs(state: number, total: number): string[] {
    const { unitedBy } = this.#graph.nodes[this.#snapshot.states.get(state)!.standing.node]!;
    return Array.from({ length: total }, (_, output) => {
      const place = `${state}.${output}`;
      const below = (this.#grown.get(place) ?? []).map((child) => this.state(child)).join('');
      const branches = unitedBy.map((unite) => {
        const branch = this.#snapshot.branches.get(`${unite}.${place}`);
        const member = String(output).padStart(10, '0');
        const windows = [...this.#snapshot.windows].filter(
          (one) => one.startsWith(`${unite}.${state}:`) && one.endsWith(`:${member}`),
        );
        return `${branch ? Object.values(branch).join() : '-'}${windows.map((one) => one.split(':')[1]).join()}`;
      });
      return `(${this.#marks(place)}${branches.join(' ')}${below})`;
    }).sort();
  }

  #scopes(state: number): string[] {
    return this.#graph.nodes[this.#snapshot.states.get(state)!.standing.node]!.unitedBy.map((unite) => {
      const id = `${unite}.${state}`;
      const scope = this.#snapshot.scopes.get(id);
      if (!scope) return '';
      const { status, total, unfinished, succeeded, failed, pruned, leftOut, generation, fresh } = scope;
      const { isSealed, isCutOff, heldBy } = scope;
      const united = (this.#grown.get(`${state}u${unite}`) ?? []).map((one) => this.state(one)).join('');
      const waits = `${this.#snapshot.timers.has(id) ? 't' : ''}${this.#snapshot.jobs.has(`s:${id}`) ? 'j' : ''}`;
      const counts = [total, unfinished, succeeded, failed, pruned, leftOut, generation, fresh].join();
      const stands = [isSealed, isCutOff, heldBy !== undefined].map(Number).join('');
      return `{${status} ${counts} ${stands}${waits}${united}}`;
    });
  }

  #marks(place: string): string {
    const { marks, jobs } = this.#snapshot;
    const names = [`=${place}`, place]
      .filter((mark) => marks.has(mark))
      .map((mark) => mark.charAt(0) === '=');
    const found = ['g:', 'b:'].filter((kind) => jobs.has(`${kind}${place}`));
    return `${names.map((isSuperseded) => (isSuperseded ? '=' : 'm')).join('')}${found.join('')}`;
  }
}
