/** Faults around the one place that runs scripts, for state managers in this process. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import {
  putAroundScripts,
  type RunScripts,
  type ScriptCall,
} from '../../services/state-manager/storage/connection/scripts.ts';

/**
 * A call fails before Redis gets it, or after Redis has run it; waits, and with it all that goes the same way; or runs
 * twice, and its second answer counts.
 */
export const scriptFaults = ['fails before', 'fails after', 'waits', 'runs twice'] as const;
export type ScriptFault = (typeof scriptFaults)[number];

/** One call of a script, counted from 1 since the fault was laid. */
export interface FaultyCall {
  readonly script: string;
  readonly call: number;
  readonly fault: ScriptFault;
}

/** A deployment whose calls are watched. */
interface Watched {
  readonly counts: Map<string, number>;
  readonly faulty: FaultyCall | undefined;
  hasHit: boolean;
}

/** Faults by the key prefix of the deployment that they are meant for. Made once in a process: nothing takes it away. */
export class ScriptFaults {
  readonly #waitMs: number;
  readonly #watched = new Map<string, Watched>();
  /** Connections that are held up, until when. */
  readonly #held = new Map<Redis, Promise<void>>();

  /** @param waitMs for how long a call waits */
  constructor(waitMs: number) {
    this.#waitMs = waitMs;
    putAroundScripts((run) => (redis, calls) => this.#run(run, redis, calls));
  }

  /** Counts the calls of a deployment from now on, and lays a fault, if one is given. */
  lay(keyPrefix: string, faulty?: FaultyCall): void {
    this.#watched.set(keyPrefix, { counts: new Map(), faulty, hasHit: false });
  }

  /** Takes the fault away. Tells whether it has hit, and how often each script was called. */
  lift(keyPrefix: string): { readonly hasHit: boolean; readonly counts: ReadonlyMap<string, number> } {
    const watched = this.#watched.get(keyPrefix);
    if (!watched) throw new Error(`no fault was laid for ${keyPrefix}`);
    this.#watched.delete(keyPrefix);
    return watched;
  }

  async #run(run: RunScripts, redis: Redis, calls: readonly ScriptCall[]): Promise<(unknown | Error)[]> {
    // What comes behind a call that waits on the same connection stays behind it.
    for (let held = this.#held.get(redis); held; held = this.#held.get(redis)) await held;
    const faults = calls.map((call) => this.#faultOf(call));
    const at = faults.findIndex((fault) => fault !== undefined);
    switch (faults[at]) {
      case undefined:
        return run(redis, calls);
      case 'fails before': {
        const others = calls.toSpliced(at, 1);
        return (others.length > 0 ? await run(redis, others) : []).toSpliced(at, 0, lost());
      }
      case 'fails after':
        return (await run(redis, calls)).with(at, lost());
      case 'runs twice':
        return (await run(redis, calls.toSpliced(at, 0, calls[at]!))).toSpliced(at, 1);
      case 'waits': {
        const held = delay(this.#waitMs).then(() => void this.#held.delete(redis));
        this.#held.set(redis, held);
        await held;
        return run(redis, calls);
      }
    }
  }

  #faultOf(call: ScriptCall): ScriptFault | undefined {
    const watched = this.#watched.get(keyPrefixOf(call));
    if (!watched) return undefined;
    const { name } = call.script.contract;
    const count = (watched.counts.get(name) ?? 0) + 1;
    watched.counts.set(name, count);
    const { faulty } = watched;
    if (faulty?.script !== name || faulty.call !== count) return undefined;
    watched.hasHit = true;
    return faulty.fault;
  }
}

/** The error of ioredis for a connection that ends before the answer. */
function lost(): Error {
  return new Error('Connection is closed.');
}

function keyPrefixOf({ keys, moreKeys = [], runs = [] }: ScriptCall): string {
  const all = [...Object.values(keys), ...moreKeys, ...runs.flatMap((run) => Object.values(run.keys))];
  const [, keyPrefix] = /^\{(.+)\.[^.}]+\}/.exec(all[0] ?? '') ?? [];
  if (keyPrefix === undefined) throw new Error('a call of a script has no key');
  return keyPrefix;
}
