/** What becomes of a scope. */
import { failureTexts } from './behaviour.ts';
import type { Decision } from './judge.ts';
import type { ModelState, Scope } from './scope.ts';
import type { Standing } from './standing.ts';

/** One execution of the uniting node. */
export interface Firing {
  readonly window: number | undefined;
  /** The branches in its lists; undefined: it was never handed out. */
  readonly listed: ReadonlySet<number> | undefined;
  /** Inputs about the scope, without the lists. */
  readonly about: Readonly<Record<string, unknown>>;
}

export interface Verdict {
  /** Undefined: the scope stays undecided, as one around it closed before. */
  readonly hasFired: boolean | undefined;
  readonly firings: readonly Firing[];
  /** States that were unfinished when it closed. */
  readonly cut: readonly ModelState[];
  /** What no order explains. */
  readonly problems: readonly string[];
}

/** The branches that inputs list, by the ids of the united node's outputs; and what they say of the scope. */
export function readInputs(
  scope: Scope,
  inputs: Readonly<Record<string, unknown>> | undefined,
): Omit<Decision, 'hasFired'> & { readonly about: Firing['about'] } {
  if (!inputs) {
    return { listed: undefined, counts: undefined, partial: undefined, isSealed: true, about: {} };
  }
  const counts = inputs.counts as Record<string, number>;
  const ids = inputs[`l${scope.united.node}`] as readonly string[];
  const listed = new Set(ids.map((id) => scope.united.outputs.findIndex((output) => output.id === id)));
  const about = Object.fromEntries(
    Object.entries(inputs).filter(([name]) => ['counts', 'failures', 'partial', 'final'].includes(name)),
  );
  return {
    listed,
    counts,
    partial: inputs.partial as boolean,
    isSealed: counts.total === scope.total,
    about,
  };
}

export function judgeFailures({ sureFailures, allFailures }: Standing, seen: unknown): string[] {
  const texts = failureTexts(seen);
  const all = failureTexts(allFailures);
  const missing = sureFailures.filter((text) => !texts.includes(text)).map((text) => `no failure "${text}"`);
  const invented = texts
    .filter((text) => !all.includes(text))
    .map((text) => `a failure "${text}" that none is`);
  return [...missing, ...invented];
}
