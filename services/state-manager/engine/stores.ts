import type { HeldLease, Page, StoreChangeAnswer, StoreChangeRequest, StoreEntry } from '../domain/model.ts';
import { parseStateId } from '../domain/state-id.ts';
import {
  checkStoreChanges,
  isStoreKey,
  readStoreValue,
  storeFailure,
  storeKeyRule,
  storeLimits,
} from '../domain/store.ts';
import { assertNever, FanoutError } from '../errors.ts';
import type { PageRequest, StoresApi } from './api.ts';
import type { Lease, LoadedRun, StoreStorage } from './ports.ts';
import type { RunCache } from './run-cache.ts';
import { runNotFound } from './runs.ts';

/** The key-value data of runs: for holders of leases, and for clients to look at. */
export class Stores implements StoresApi {
  readonly #storage: StoreStorage;
  readonly #runs: RunCache;
  readonly #limits: { readonly maxFrameBytes: number; readonly maxOutputBytes: number };

  constructor(
    storage: StoreStorage,
    runs: RunCache,
    limits: { readonly maxFrameBytes: number; readonly maxOutputBytes: number },
  ) {
    this.#storage = storage;
    this.#runs = runs;
    this.#limits = limits;
  }

  async read(
    namespace: string,
    lease: HeldLease,
    keys: readonly string[],
  ): Promise<{ entries: readonly StoreEntry[]; lookedUp: number }> {
    for (const key of keys) {
      if (!isStoreKey(key)) throw refusal('FIELD_INVALID', 'keys', `the store key "${key}" ${storeKeyRule}`);
    }
    const place = await this.#place(namespace, lease);
    const result = await this.#storage.read(place, keys, this.#limits.maxFrameBytes / 2);
    if (result.kind === 'stale') throw staleLease(lease);
    return result;
  }

  async change(
    namespace: string,
    lease: HeldLease,
    { change, expected, number }: StoreChangeRequest,
  ): Promise<StoreChangeAnswer> {
    const { maxOutputBytes } = this.#limits;
    const checked = checkStoreChanges([change], maxOutputBytes);
    if ('failure' in checked) throw refusal('STORE_INVALID', 'change', checked.failure.message);
    const request = {
      change: checked.changes[0]!,
      ...(expected && { expected: canonical(expected, maxOutputBytes) }),
      number,
    };
    const place = await this.#place(namespace, lease);
    const limits = storeLimits(maxOutputBytes, place.run.limits.payloadBytes);
    const result = await this.#storage.change(place, request, limits);
    switch (result.kind) {
      case 'answered':
        return result.answer;
      case 'refused':
        throw refusal('STORE_INVALID', 'change', storeFailure(result.refusal, limits).message);
      case 'stale':
        throw staleLease(lease);
      case 'late':
        throw refusal(
          'FIELD_INVALID',
          'change_number',
          `change_number is ${number}, and a later change was made under this lease: number changes upwards`,
        );
      default:
        return assertNever(result);
    }
  }

  async list(namespace: string, runId: string, page: PageRequest): Promise<Page<StoreEntry>> {
    const run = await this.#runs.one(runId);
    if (run?.namespace !== namespace) throw runNotFound(namespace, runId);
    return this.#storage.page(runId, page, this.#limits.maxFrameBytes / 4);
  }

  /** The state of a lease, if the namespace has its run. */
  async #place(namespace: string, lease: HeldLease): Promise<Lease & { readonly run: LoadedRun }> {
    const place = parseStateId(lease.stateId);
    const run = place && (await this.#runs.one(place.runId));
    if (!place || run?.namespace !== namespace) throw staleLease(lease);
    return { ...place, leaseToken: lease.leaseToken, run };
  }
}

function canonical(
  expected: NonNullable<StoreChangeRequest['expected']>,
  mostBytes: number,
): NonNullable<StoreChangeRequest['expected']> {
  if (expected.kind === 'absent') return expected;
  const read = readStoreValue(expected.json, mostBytes);
  if ('problem' in read)
    throw refusal('FIELD_INVALID', 'expected.json', `the expected value ${read.problem}`);
  return { kind: 'json', json: read.json };
}

function staleLease({ stateId }: HeldLease): FanoutError {
  return new FanoutError('STALE_LEASE', `the lease on state ${stateId} has ended: stop working on it`);
}

function refusal(reason: 'FIELD_INVALID' | 'STORE_INVALID', path: string, description: string): FanoutError {
  return new FanoutError(reason, description, { violations: [{ path, code: reason, description }] });
}
