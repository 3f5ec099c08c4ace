/** Rates that states wait for, in sentences. */
import type { Rate } from '../model/rate.ts';
import { describeRate } from './rates.ts';

/** A rate that states of a node stand under. */
export interface WaitedRate {
  /** Its node template, or the node. */
  readonly of: string;
  readonly rate: Rate;
  /** It counts states apart by a key: then it is not known which of them it lets through. */
  readonly isByKey: boolean;
  /** Present: it lets no more through before then; epoch milliseconds, and milliseconds from now. */
  readonly nextAt?: number;
  readonly nextInMs?: number;
}

/** The rate that holds up all states longest; undefined: none does. */
export function closedRate(
  rates: readonly WaitedRate[],
): (WaitedRate & { readonly nextAt: number }) | undefined {
  let latest: (WaitedRate & { readonly nextAt: number }) | undefined;
  for (const rate of rates) {
    const { nextAt } = rate;
    if (nextAt !== undefined && nextAt > (latest?.nextAt ?? 0)) latest = { ...rate, nextAt };
  }
  return latest;
}

/** The reason in words, such as `the rate of work, 20 per 1 s over all runs, lets the next through in 40 ms`. */
export function describeClosedRate({ of, rate, nextInMs = 0 }: WaitedRate): string {
  return `the rate of ${of}, ${describeRate(rate)} over all runs, lets the next through in ${nextInMs} ms`;
}

/** The rates by which states are sent away until there is room for their keys. */
export function describeRatesByKey(rates: readonly WaitedRate[]): string {
  return rates.map(({ of, rate }) => `the rate of ${of}, ${describeRate(rate)} for each key`).join(' or ');
}
