import { checkOptions, type OptionNames, type OtherWords } from '../wire/options.ts';
import { type Duration, durationMs } from './durations.ts';

/** A rate at which states are handed out, over all runs of the namespace, whichever runtimes and state managers take part. */
export interface RateOptions<Key = string> {
  /** States that are handed out within `per`, at most, from 1 to 10,000. */
  readonly limit: number;
  /** Span, such as `1s`, from 100 ms to a day: no span of that length has more, wherever it begins. */
  readonly per: Duration;
  /** Value by which states are counted apart, each with the whole rate; absent: all are counted together. */
  readonly key?: Key | undefined;
}

const rateOptions: OptionNames<RateOptions> = { limit: true, per: true, key: true };
const rateWords: OtherWords<RateOptions> = { per_ms: 'per', perMs: 'per' };

/** The limit and span of a rate. @throws TypeError an option is not known, or is none that can be kept */
export function checkRate(
  what: string,
  rate: RateOptions<unknown>,
): { readonly limit: number; readonly perMs: number } {
  checkOptions(`${what}: rate`, rate, rateOptions, rateWords);
  const { limit, per } = rate;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 10_000))
    throw new TypeError(`${what}: rate: limit ${limit}: must be a whole number from 1 to 10,000`);
  const perMs = durationMs(per);
  if (!(Number.isInteger(perMs) && perMs >= 100 && perMs <= 86_400_000))
    throw new TypeError(`${what}: rate: per ${per}: must be from 100ms to 24h, in whole milliseconds`);
  return { limit, perMs };
}
