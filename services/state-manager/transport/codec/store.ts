import type * as wire from '@fanout/proto';
import type { Page } from '../../domain/model/page.ts';
import type {
  StoreChange,
  StoreChangeAnswer,
  StoreChangeRequest,
  StoreEntry,
  StoreExpectation,
} from '../../domain/model/store.ts';
import type { HeldLease } from '../../domain/model/stream.ts';
import { invalid, readAll, readId, readInteger } from './fields.ts';

const maxKeys = 100;

/** Completes "a change …". */
export const storeChangeRule = 'must say set_json, delete: true, increment or append_json';

/** Undefined: it does not say what to do. */
export function decodeStoreChange(change: wire.StoreChange__Output): StoreChange | undefined {
  const { key = '', setJson = '', increment = 0, appendJson = '' } = change;
  switch (change.change) {
    case 'setJson':
      return { key, kind: 'set', json: setJson };
    case 'delete':
      return change.delete === true ? { key, kind: 'delete' } : undefined;
    case 'increment':
      return { key, kind: 'increment', by: increment };
    case 'appendJson':
      return { key, kind: 'append', json: appendJson };
    default:
      return undefined;
  }
}

export function decodeReadStore(request: wire.ReadStoreRequest__Output): {
  lease: HeldLease;
  keys: readonly string[];
} {
  return readAll({ lease: () => readLease(request), keys: () => readKeys(request.keys) });
}

function readKeys(keys: readonly string[] = []): readonly string[] {
  if (keys.length >= 1 && keys.length <= maxKeys) return keys;
  throw invalid('keys', `has ${keys.length} keys, it must have 1 to ${maxKeys}`);
}

export function encodeReadStore(read: {
  readonly entries: readonly StoreEntry[];
  readonly lookedUp: number;
}): wire.ReadStoreResponse {
  return { entries: read.entries.map(encodeEntry), lookedUp: read.lookedUp };
}

export function decodeChangeStore(request: wire.ChangeStoreRequest__Output): {
  lease: HeldLease;
  request: StoreChangeRequest;
} {
  const { lease, change, expected, number } = readAll({
    lease: () => readLease(request),
    change: () => readChange(request.change),
    expected: () => request.expected && decodeExpectation(request.expected),
    number: () =>
      readInteger('change_number', request.changeNumber, { min: 0, max: Number.MAX_SAFE_INTEGER }),
  });
  return { lease, request: { change, ...(expected && { expected }), number } };
}

function readChange(given: wire.StoreChange__Output | undefined): StoreChange {
  const change = given && decodeStoreChange(given);
  if (change) return change;
  throw invalid('change', storeChangeRule);
}

export function encodeChangeStore({ applied, valueJson }: StoreChangeAnswer): wire.ChangeStoreResponse {
  return { applied, ...(valueJson !== undefined && { valueJson }) };
}

export function encodeStore(page: Page<StoreEntry>): wire.GetStoreResponse {
  return { entries: page.items.map(encodeEntry), nextPageToken: page.nextPageToken ?? '' };
}

function encodeEntry({ key, valueJson }: StoreEntry): wire.StoreEntry {
  return { key, valueJson };
}

function decodeExpectation({ value, json = '', absent }: wire.StoreExpectation__Output): StoreExpectation {
  if (value === 'json') return { kind: 'json', json };
  if (value === 'absent' && absent === true) return { kind: 'absent' };
  throw invalid('expected', 'must say json or absent: true');
}

/** The lease that a request names. */
export function readLease({ stateId, leaseToken }: { stateId?: string; leaseToken?: string }): HeldLease {
  return readAll({
    stateId: () => readId('state_id', stateId),
    leaseToken: () => readId('lease_token', leaseToken),
  });
}
