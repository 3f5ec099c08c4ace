import type * as wire from '@fanout/proto';
import type { HeldLease, Page } from '../../domain/model.ts';
import { invalid, readId, readInteger, readPageToken } from './fields.ts';

export function decodeReadUnited(request: wire.ReadUnitedRequest__Output): {
  lease: HeldLease;
  inputName: string;
  page: { pageSize: number; pageToken: string };
} {
  const { inputName = '' } = request;
  if (inputName.length === 0 || inputName.length > 128) {
    throw invalid('input_name', 'must name an input of the assignment, 1 to 128 characters');
  }
  return {
    lease: {
      stateId: readId('state_id', request.stateId),
      leaseToken: readId('lease_token', request.leaseToken),
    },
    inputName,
    page: {
      pageSize: readInteger('page_size', request.pageSize, { min: 0, max: 10_000 }) || 10_000,
      pageToken: readPageToken(request.pageToken),
    },
  };
}

export function encodeUnited(page: Page<string>): wire.ReadUnitedResponse {
  return { itemsJson: [...page.items], nextPageToken: page.nextPageToken ?? '' };
}
