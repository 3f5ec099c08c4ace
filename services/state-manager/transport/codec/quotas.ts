import type * as wire from '@fanout/proto';
import type { QuotaName, QuotaUsage, SetLimits } from '../../domain/model/quota.ts';
import { invalid } from './fields.ts';

/** Names of quotas on the wire. */
const wireNames: Readonly<Record<QuotaName, Exclude<wire.Quota__Output, 'QUOTA_UNSPECIFIED'>>> = {
  streams: 'QUOTA_STREAMS',
  watches: 'QUOTA_WATCHES',
  requestsPerSecond: 'QUOTA_REQUESTS_PER_SECOND',
  runs: 'QUOTA_RUNS',
  bytes: 'QUOTA_BYTES',
  startsPerSecond: 'QUOTA_STARTS_PER_SECOND',
  descendants: 'QUOTA_DESCENDANTS',
  nodes: 'QUOTA_NODES',
  graphs: 'QUOTA_GRAPHS',
  states: 'QUOTA_STATES',
  versions: 'QUOTA_VERSIONS',
};

const names = new Map(Object.entries(wireNames).map(([name, wireName]) => [wireName, name as QuotaName]));

export function encodeUsage(quotas: readonly QuotaUsage[]): wire.GetUsageResponse {
  return {
    quotas: quotas.map(({ quota, limit, used, isSet }) => ({
      quota: wireNames[quota],
      limit,
      ...(used !== undefined && { used }),
      isSet,
    })),
  };
}

export function decodeSetQuotas(request: wire.SetQuotasRequest__Output): SetLimits {
  const limits: Partial<Record<QuotaName, number | undefined>> = {};
  for (const [i, { quota, limit }] of (request.limits ?? []).entries()) {
    const name = names.get(quota as (typeof wireNames)[QuotaName]);
    if (name === undefined) throw invalid(`limits[${i}].quota`, 'must be a quota that this version knows');
    limits[name] = readLimit(`limits[${i}].limit`, limit);
  }
  return limits;
}

function readLimit(field: string, limit: string | number | undefined): number | undefined {
  if (limit === undefined) return undefined;
  const number = Number(limit);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw invalid(field, 'must be a whole number of at least 1; leave it out for the limit of the deployment');
}
