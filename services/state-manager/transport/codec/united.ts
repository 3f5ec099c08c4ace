import type * as wire from '@fanout/proto';
import type { Page } from '../../domain/model/page.ts';
import type { HeldLease } from '../../domain/model/stream.ts';
import { invalid, readAll, readInteger, readPageToken } from './fields.ts';
import { readLease } from './store.ts';

export function decodeReadUnited(request: wire.ReadUnitedRequest__Output): {
  lease: HeldLease;
  inputName: string;
  page: { pageSize: number; pageToken: string };
} {
  return readAll({
    lease: () => readLease(request),
    inputName: () => readInputName(request.inputName),
    page: () =>
      readAll({
        pageSize: () => readInteger('page_size', request.pageSize, { min: 0, max: 10_000 }) || 10_000,
        pageToken: () => readPageToken(request.pageToken),
      }),
  });
}

function readInputName(name = ''): string {
  if (name.length >= 1 && name.length <= 128) return name;
  throw invalid('input_name', 'must name an input of the assignment, 1 to 128 characters');
}

export function encodeUnited(page: Page<string>): wire.ReadUnitedResponse {
  return { itemsJson: [...page.items], nextPageToken: page.nextPageToken ?? '' };
}
