/** Memory of what runtimes were handed, and what they were answered: by run, until the run is forgotten. */
import type { Inputs } from '../behaviour.ts';
import type { Delivery } from './observation.ts';

/** The memory of one run. */
export interface Memory {
  /** Deliveries by state id. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
  /** Status of every ack that was not ACCEPTED (where answers may be lost: that was INVALID), by state id. */
  readonly refusals: ReadonlyMap<string, string>;
}

interface Kept {
  readonly deliveries: Map<string, Delivery>;
  readonly refusals: Map<string, string>;
}

export class Memories {
  /** Memories by run id. */
  readonly #runs = new Map<string, Kept>();

  /** Remembers that a state was handed out; gives the number of times that it was. */
  deliver(stateId: string, inputs: Inputs): number {
    const { deliveries } = this.#of(runIdOf(stateId));
    const known = deliveries.get(stateId);
    const lastAt = performance.now();
    const times = (known?.times ?? 0) + 1;
    deliveries.set(stateId, { times, inputs, firstAt: known?.firstAt ?? lastAt, lastAt });
    return times;
  }

  /**
   * Remembers an ack that refuses something.
   * @param isTroubled answers may be lost: what is sent or settled again finds that it has been settled
   */
  answer(stateId: string, status: string, isTroubled: boolean): void {
    const isDone = isTroubled ? status !== 'ACK_STATUS_INVALID' : status === 'ACK_STATUS_ACCEPTED';
    if (!isDone) this.#of(runIdOf(stateId)).refusals.set(stateId, status);
  }

  /** Memory of a run so far. */
  of(runId: string): Memory {
    return this.#runs.get(runId) ?? nothing();
  }

  /** Gives what is remembered of a run, and forgets it. */
  forget(runId: string): Memory {
    const memory = this.of(runId);
    this.#runs.delete(runId);
    return memory;
  }

  #of(runId: string): Kept {
    const kept = this.#runs.get(runId) ?? nothing();
    this.#runs.set(runId, kept);
    return kept;
  }
}

/** The run of a state: its id is that of the run, a dot, and a position. */
export function runIdOf(stateId: string): string {
  return stateId.slice(0, stateId.indexOf('.'));
}

function nothing(): Kept {
  return { deliveries: new Map(), refusals: new Map() };
}
