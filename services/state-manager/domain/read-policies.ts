import { jsonTypeOf } from './json.ts';
import { numberLike, objectOf, oneOf, positiveInteger, type Reader, text } from './read-json.ts';
import type { RetryPolicy, RetryStrategy } from './retry.ts';
import type { RunLimits } from './run-limits.ts';
import type { Share } from './unite-policy.ts';

const retryStrategies: readonly RetryStrategy[] = [
  'EXPONENTIAL',
  'EXPONENTIAL_FULL_JITTER',
  'EXPONENTIAL_EQUAL_JITTER',
  'LINEAR',
  'LINEAR_FULL_JITTER',
  'LINEAR_EQUAL_JITTER',
  'FIXED',
  'FIXED_FULL_JITTER',
  'FIXED_EQUAL_JITTER',
];

const retryFields = objectOf('a retry policy', {
  max_retries: numberLike(
    (value) => Number.isSafeInteger(value) && value >= 0,
    'a whole number, 0 or greater',
  ),
  strategy: oneOf(retryStrategies),
  backoff_factor: numberLike((value) => value >= 0, 'a number of milliseconds, 0 or greater'),
  exponent: numberLike((value) => value > 0, 'a number greater than 0'),
  max_delay: numberLike((value) => value >= 0, 'a number of milliseconds, 0 or greater'),
});

/** `retry_policy` of a graph or of a node: the fields that it sets. */
export const retryPolicy: Reader<Partial<RetryPolicy>> = (value, path, violations) => {
  const fields = retryFields(value, path, violations);
  if (fields === undefined) return undefined;
  return {
    ...(fields.max_retries !== undefined && { maxRetries: fields.max_retries }),
    ...(fields.strategy !== undefined && { strategy: fields.strategy }),
    ...(fields.backoff_factor !== undefined && { backoffFactor: fields.backoff_factor }),
    ...(fields.exponent !== undefined && { exponent: fields.exponent }),
    ...(fields.max_delay !== undefined && { maxDelay: fields.max_delay }),
  };
};

/** A number of branches, or a percentage of them. */
const share: Reader<Share> = (value, path, violations) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === 'string' && /^(?:100|[1-9]?[0-9])%$/.test(value)) return value as Share;
  violations.add(
    path,
    'INVALID_VALUE',
    () => 'this must be a whole number, 0 or greater, or a percentage from "0%" to "100%": change it',
  );
  return undefined;
};

const flag: Reader<boolean> = (value, path, violations) => {
  if (typeof value === 'boolean') return value;
  violations.add(
    path,
    'INVALID_TYPE',
    () => `this is of type ${jsonTypeOf(value)} and must be true or false: change it`,
  );
  return undefined;
};

/** The `unites` block of a node. */
export const uniteFields = objectOf(
  'a unites block',
  {
    identifier: text,
    strategy: oneOf(['ALL_SUCCESS', 'ALL_DONE', 'QUORUM']),
    min_success: share,
    tolerated_failures: share,
    timeout_ms: positiveInteger,
    fail_fast: flag,
    window: objectOf('a window', { count: positiveInteger, interval_ms: positiveInteger }),
  },
  ['identifier'],
);

const limitFields = objectOf('a limits block', {
  run_ms: positiveInteger,
  states: positiveInteger,
  width: positiveInteger,
  depth: positiveInteger,
  payload_bytes: positiveInteger,
  retention_ms: positiveInteger,
});

/** `limits` of a graph: those that it sets. */
export const limits: Reader<Partial<RunLimits>> = (value, path, violations) => {
  const fields = limitFields(value, path, violations);
  if (fields === undefined) return undefined;
  return {
    ...(fields.run_ms !== undefined && { runMs: fields.run_ms }),
    ...(fields.states !== undefined && { states: fields.states }),
    ...(fields.width !== undefined && { width: fields.width }),
    ...(fields.depth !== undefined && { depth: fields.depth }),
    ...(fields.payload_bytes !== undefined && { payloadBytes: fields.payload_bytes }),
    ...(fields.retention_ms !== undefined && { retentionMs: fields.retention_ms }),
  };
};
