import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** One state manager, as a channel reaches it. */
export interface Address {
  /** `host:port`. */
  readonly target: string;
  /** The name in its certificate, where `target` is one of the addresses of that name; undefined: the host of `target`. */
  readonly name?: string | undefined;
}

/** Time within which a name has to be looked up, milliseconds: what was known of it counts after that. */
const lookupMs = 2_000;

interface FoundAddress {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

/** Finds every address of a name. @throws Error it is not known, or nobody can be asked */
type LookUp = (host: string) => Promise<readonly FoundAddress[]>;

/** Addresses of state managers, and what the names among them stand for. */
export class AddressBook {
  readonly #addresses: readonly string[];
  readonly #lookUp: LookUp;
  readonly #known = new Map<string, readonly Address[]>();

  /** @param addresses each `host:port`; a name may stand for several state managers */
  constructor(addresses: readonly string[], lookUp: LookUp = (host) => lookup(host, { all: true })) {
    this.#addresses = addresses;
    this.#lookUp = lookUp;
  }

  /** Every state manager, once. Names are looked up anew: what they stand for changes as state managers come and go. */
  async all(): Promise<Address[]> {
    const found = await Promise.all(this.#addresses.map((address) => this.#resolve(address)));
    return [...new Map(found.flat().map((address) => [address.target, address])).values()];
  }

  async #resolve(address: string): Promise<readonly Address[]> {
    const { host, port } = partsOf(address);
    if (isIP(host) !== 0) return [{ target: address }];
    const late = new AbortController();
    const found = await Promise.race([
      this.#lookUp(host).catch(() => undefined),
      delay(lookupMs, undefined, { signal: late.signal, ref: false }).catch(() => undefined),
    ]);
    late.abort();
    if (found) this.#known.set(address, expand(host, port, found));
    // A name that cannot be looked up is left to the channel, whose error says so.
    return this.#known.get(address) ?? [{ target: address }];
  }
}

/**
 * Sorts state managers in an order that a key has for itself, and that changes little when some come or go: many keys
 * have each of them first equally often (rendezvous hashing).
 */
export function inOrderOf(key: string, addresses: readonly Address[]): Address[] {
  const weights = new Map(addresses.map(({ target }) => [target, weightOf(key, target)]));
  return addresses.toSorted((left, right) => weights.get(left.target)! - weights.get(right.target)!);
}

function weightOf(key: string, target: string): number {
  return createHash('sha256').update(`${key} ${target}`).digest().readUInt32BE();
}

function partsOf(address: string): { host: string; port: string } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: address.slice(colon + 1) };
}

/** A name with one address for each family is one state manager, and its channel chooses between them. */
function expand(host: string, port: string, found: readonly FoundAddress[]): Address[] {
  for (const family of [4, 6]) {
    const ofFamily = new Set(found.filter((each) => each.family === family).map(({ address }) => address));
    if (ofFamily.size < 2) continue;
    return [...ofFamily].map((address) => ({
      target: `${family === 6 ? `[${address}]` : address}:${port}`,
      name: host,
    }));
  }
  return [{ target: `${host}:${port}` }];
}
