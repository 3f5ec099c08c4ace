/** The verdict on a scope. */
import { failureTexts } from './behaviour.ts';
import type { Branch, Decision } from './judge.ts';
import type { ModelState, Scope } from './scope.ts';
import type { FailureText } from './standing.ts';

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
  /** Observations that no order explains. */
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

/** All of branches that surely had failed, and none but the branches' own. */
export function judgeFailures(
  branches: readonly Branch[],
  failures: readonly (readonly FailureText[])[],
  seen: unknown,
): string[] {
  const texts = failureTexts(seen);
  const all = failureTexts(failures.flat());
  const sure = failures.filter(
    (_, branch) => branches[branch]?.end === 'failed' && !branches[branch].mayBeLate,
  );
  const missing = failureTexts(sure.flat()).filter((text) => !texts.includes(text));
  const invented = texts.filter((text) => !all.includes(text));
  return [
    ...missing.map((text) => `no failure "${text}"`),
    ...invented.map((text) => `a failure "${text}" that none is`),
  ];
}
