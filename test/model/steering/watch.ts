/** Watches that nothing is handed out where a user holds it, or has cancelled it. */
import type { State__Output } from '@fanout/proto';
import type { Delivery } from '../running/observation.ts';
import type { Area } from './area.ts';

type Deliveries = ReadonlyMap<string, Pick<Delivery, 'times'>>;

/** One area, from the answer to the call that holds or cancels it until a call that may let something go. */
export class Watch {
  readonly area: Area;
  readonly #what: string;
  readonly #before: ReadonlyMap<string, number>;
  /** States that may have been leased before, and come to the runtime once more. */
  readonly #leased: ReadonlySet<string>;

  /**
   * @param what was done, for people
   * @param deliveries as they were when the call had been answered
   * @param states as they were after that: what is QUEUED then may have been on its way, and so may what was cancelled
   *   before it came
   */
  constructor(what: string, area: Area, deliveries: Deliveries, states: readonly State__Output[]) {
    this.#what = what;
    this.area = area;
    this.#before = new Map([...deliveries].map(([stateId, { times }]) => [stateId, times]));
    const leased = states.filter(
      ({ stateId = '', status }) =>
        status === 'STATE_STATUS_QUEUED' ||
        (status === 'STATE_STATUS_CANCELLED' && !this.#before.has(stateId)),
    );
    this.#leased = new Set(leased.map(({ stateId = '' }) => stateId));
  }

  /**
   * A sentence for each state that was handed out all the same.
   * @param deliveries as they were before anything there could be let go
   * @param states as they are now
   */
  broken(deliveries: Deliveries, states: readonly State__Output[]): string[] {
    return states.flatMap(({ stateId = '', identifier, path = '' }) => {
      if (!this.area.includes(path)) return [];
      const times = (deliveries.get(stateId)?.times ?? 0) - (this.#before.get(stateId) ?? 0);
      if (times <= (this.#leased.has(stateId) ? 1 : 0)) return [];
      return [
        `${this.#what}: ${identifier} at ${path || 'the root'}, ${stateId}, was handed out all the same`,
      ];
    });
  }
}
