import { quoted } from '../../domain/json/json.ts';
import type { Page } from '../../domain/model/page.ts';
import type { StoreChangeAnswer, StoreChangeRequest, StoreEntry } from '../../domain/model/store.ts';
import type { HeldLease } from '../../domain/model/stream.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import {
  checkStoreChanges,
  isStoreKey,
  readStoreValue,
  storeFailure,
  storeKeyRule,
  storeLimits,
} from '../../domain/run/store.ts';
import { assertNever, FanoutError, type FieldViolation } from '../../errors.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { runNotFound } from '../loaded/not-found.ts';
import type { PageRequest, StoresApi } from '../ports/api.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { Lease } from '../ports/sessions.ts';
import type { StoreStorage } from '../ports/store.ts';

/** The key-value data of runs: for holders of leases, and for clients to look at. */
export class Stores implements StoresApi {
  readonly #storage: StoreStorage;
  readonly #runs: LoadedRuns;
  readonly #limits: { readonly maxFrameBytes: number; readonly maxOutputBytes: number };

  constructor(
    storage: StoreStorage,
    runs: LoadedRuns,
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
    const strays = keys.flatMap((key, i) => {
      const description = `the store key ${quoted(key)} ${storeKeyRule}`;
      return isStoreKey(key) ? [] : [violation('FIELD_INVALID', `keys[${i}]`, description)];
    });
    if (strays.length > 0) throw refusal(strays);
    const address = await this.#address(namespace, lease);
    const result = await this.#storage.read(address, keys, this.#limits.maxFrameBytes / 2);
    if (result.kind === 'stale') throw staleLease(lease);
    return result;
  }

  async change(namespace: string, lease: HeldLease, asked: StoreChangeRequest): Promise<StoreChangeAnswer> {
    const { maxOutputBytes } = this.#limits;
    const request = checkRequest(asked, maxOutputBytes);
    const { number } = request;
    const address = await this.#address(namespace, lease);
    const limits = storeLimits(maxOutputBytes, address.run.limits.payloadBytes);
    const result = await this.#storage.change(address, request, limits);
    switch (result.kind) {
      case 'answered':
        return result.answer;
      case 'refused':
        throw refusal([violation('STORE_INVALID', 'change', storeFailure(result.refusal, limits).message)]);
      case 'stale':
        throw staleLease(lease);
      case 'late':
        throw refusal([
          violation(
            'FIELD_INVALID',
            'change_number',
            `change_number is ${number}, and a later change was made under this lease: number changes upwards`,
          ),
        ]);
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
  async #address(namespace: string, lease: HeldLease): Promise<Lease & { readonly run: LoadedRun }> {
    const address = parseStateId(lease.stateId);
    const run = address && (await this.#runs.one(address.runId));
    if (!address || run?.namespace !== namespace) throw staleLease(lease);
    return { ...address, leaseToken: lease.leaseToken, run };
  }
}

/** The request with canonical values. @throws FanoutError STORE_INVALID, FIELD_INVALID with all that is wrong */
function checkRequest(
  { change, expected, number }: StoreChangeRequest,
  maxBytes: number,
): StoreChangeRequest {
  const checked = checkStoreChanges([change], maxBytes);
  const read = expected?.kind === 'json' ? readStoreValue(expected.json, maxBytes) : undefined;
  const violations: StoreViolation[] = [];
  if ('failure' in checked) violations.push(violation('STORE_INVALID', 'change', checked.failure.message));
  if (read && 'problem' in read) {
    violations.push(violation('FIELD_INVALID', 'expected.json', `the expected value ${read.problem}`));
  }
  if ('failure' in checked || (read && 'problem' in read)) throw refusal(violations);
  const canonical = read ? { kind: 'json' as const, json: read.json } : expected;
  return { change: checked.changes[0]!, ...(canonical && { expected: canonical }), number };
}

function staleLease({ stateId }: HeldLease): FanoutError {
  return new FanoutError('STALE_LEASE', `the lease on state ${stateId} has ended: stop working on it`);
}

interface StoreViolation extends FieldViolation {
  readonly code: 'FIELD_INVALID' | 'STORE_INVALID';
}

function violation(code: StoreViolation['code'], path: string, description: string): StoreViolation {
  return { path, code, description };
}

/** The first violation gives the reason. */
function refusal(violations: readonly StoreViolation[]): FanoutError {
  const message = violations.map(({ description }) => description).join('; ');
  return new FanoutError(violations[0]!.code, message, { violations });
}
