import { maxRateLimit, maxRateMs, minRateMs } from '../graph/rates.ts';
import type { RetryPolicy, RetryStrategy } from '../graph/retry-policy.ts';
import type { RunLimits } from '../graph/run-limits.ts';
import type { Share, UnitePolicy } from '../graph/unite-policy.ts';
import { ExactNumber } from '../json/exact-json.ts';
import {
  numberLike,
  objectOf,
  oneOf,
  positiveInteger,
  type Reader,
  refuseType,
  text,
  textLike,
} from '../json/read-json.ts';
import type { Violations } from '../json/violations.ts';

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

const shareRule = 'a whole number, 0 or greater, or a percentage from "0%" to "100%"';

/** A number of branches, or a percentage of them. */
const share: Reader<Share> = (value, path, violations) => {
  if (typeof value === 'number' || value instanceof ExactNumber) return branches(value, path, violations);
  if (typeof value === 'string') return percentage(value, path, violations) as Share | undefined;
  return refuseType(value, path, violations, shareRule);
};

const branches = numberLike((value) => Number.isSafeInteger(value) && value >= 0, shareRule);
const percentage = textLike(/^(?:100|[1-9]?[0-9])%$/, 'INVALID_VALUE', `${shareRule}: change it`);

const flag: Reader<boolean> = (value, path, violations) => {
  if (typeof value === 'boolean') return value;
  return refuseType(value, path, violations, 'true or false');
};

const windowFields = objectOf('a window', { count: positiveInteger, interval_ms: positiveInteger });

const window: typeof windowFields = (value, path, violations) => {
  const fields = windowFields(value, path, violations);
  if (
    fields !== undefined &&
    !['count', 'interval_ms'].some((field) => Object.hasOwn(value as object, field))
  )
    violations.add(path, 'INVALID_POLICY', () => 'a window needs "count" or "interval_ms": add one of them');
  return fields;
};

const unitesBlock = objectOf(
  'a unites block',
  {
    identifier: text,
    strategy: oneOf(['ALL_SUCCESS', 'ALL_DONE', 'QUORUM']),
    min_success: share,
    tolerated_failures: share,
    timeout_ms: positiveInteger,
    fail_fast: flag,
    window,
  },
  ['identifier'],
);

/** The `unites` block of a node. */
export const uniteFields: Reader<{ readonly identifier?: string } & UnitePolicyFields> = (
  value,
  path,
  violations,
) => {
  const fields = unitesBlock(value, path, violations);
  if (fields === undefined) return undefined;
  const unusable = Object.keys(value as object).filter((key) => !Object.hasOwn(fields, key));
  return { ...fields, unusable: new Set(unusable) };
};

/** `rate` of a node: so many states in so many milliseconds, counted apart by the value of an expression. */
export const rateFields = objectOf(
  'a rate',
  {
    limit: numberLike(
      (value) => Number.isSafeInteger(value) && value >= 1 && value <= maxRateLimit,
      `a whole number from 1 to ${maxRateLimit}`,
    ),
    per_ms: numberLike(
      (value) => Number.isSafeInteger(value) && value >= minRateMs && value <= maxRateMs,
      `a whole number of milliseconds from ${minRateMs} to ${maxRateMs} (a day)`,
    ),
    key: text,
  },
  ['limit', 'per_ms'],
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

/** The fields of a `unites` block that make its policy, as far as they are usable. */
export interface UnitePolicyFields {
  readonly strategy?: UnitePolicy['strategy'];
  readonly min_success?: Share;
  readonly tolerated_failures?: Share;
  readonly timeout_ms?: number;
  readonly fail_fast?: boolean;
  readonly window?: { readonly count?: number; readonly interval_ms?: number };
  /** Fields that are there and not usable: reported already, and nothing is known of how they go with others. */
  readonly unusable: ReadonlySet<string>;
}

/** Reports fields that do not go together, and gives the policy. */
export function readUnitePolicy(
  fields: UnitePolicyFields,
  path: string,
  violations: Violations,
): UnitePolicy {
  const { strategy = 'ALL_SUCCESS', min_success, tolerated_failures, timeout_ms, fail_fast, window } = fields;
  const refuse = (field: string, rule: string) =>
    violations.add(`${path}.${field}`, 'INVALID_POLICY', () => rule);
  const requireStrategy = (wanted: UnitePolicy['strategy'], field: string, value: unknown) => {
    if (value === undefined || strategy === wanted || fields.unusable.has('strategy')) return;
    refuse(field, `"${field}" goes with the strategy ${wanted}, not ${strategy}: change one of them`);
  };
  if (strategy === 'QUORUM' && min_success === undefined && !fields.unusable.has('min_success'))
    violations.add(
      path,
      'INVALID_POLICY',
      () =>
        'the strategy QUORUM needs "min_success", the number or percentage of branches that must succeed: add it',
    );
  requireStrategy('QUORUM', 'min_success', min_success);
  if (min_success === 0 || min_success === '0%')
    refuse('min_success', 'a quorum of no branches would fire at once: ask for 1 or more');
  requireStrategy('ALL_SUCCESS', 'tolerated_failures', tolerated_failures);
  if (strategy === 'ALL_DONE' && fail_fast === true)
    refuse('fail_fast', 'the strategy ALL_DONE never gives up, so "fail_fast" has no meaning: remove it');
  requireStrategy('ALL_DONE', 'window', window);
  if (window !== undefined && timeout_ms !== undefined)
    refuse('window', '"window" and "timeout_ms" exclude each other: remove one of them');
  return {
    strategy,
    limit: (strategy === 'QUORUM' ? min_success : tolerated_failures) ?? 0,
    failFast: fail_fast === true,
    ...(timeout_ms !== undefined && { timeoutMs: timeout_ms }),
    ...(window !== undefined && {
      window: {
        ...(window.count !== undefined && { count: window.count }),
        ...(window.interval_ms !== undefined && { intervalMs: window.interval_ms }),
      },
    }),
  };
}
