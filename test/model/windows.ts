/** Scopes whose uniting node runs window by window. */
import type { ModelGraph, Policy } from './model-graph.ts';
import { pathText, uniteStep } from './path.ts';
import type { Observation } from './running/observation.ts';
import { branchesThat, countsOf, type Standing } from './standing.ts';
import { type Firing, judgeFailures, readInputs, type Verdict } from './verdict.ts';

type Window = NonNullable<Policy['window']>;

export function decideWindows(
  standing: Standing,
  window: Window,
  graph: ModelGraph,
  observation: Observation | undefined,
): Verdict {
  if (!observation) return inBranchOrder(standing, window);
  const firings = look(standing, graph, observation);
  const isEnded = firings.at(-1)?.about.final === true;
  if (standing.cut.length > 0) {
    return {
      hasFired: isEnded || undefined,
      firings,
      cut: standing.cut,
      problems: ['it has unfinished branches'],
    };
  }
  return { hasFired: true, firings, cut: [], problems: judgeWindows(standing, window, firings) };
}

/** The windows of branches that succeed one after the other. */
function inBranchOrder({ branches, failures }: Standing, { count = 1 }: Window): Verdict {
  const succeeded = [...branchesThat(branches, 'succeeded')];
  const counts = { ...countsOf(branches) };
  const firings: Firing[] = [];
  const fire = (listed: readonly number[], final: boolean): void => {
    const about = { counts, failures: failures.flat(), partial: false, final };
    firings.push({ window: firings.length + 1, listed: new Set(listed), about });
  };
  while (succeeded.length >= count) fire(succeeded.splice(0, count), false);
  fire(succeeded, true);
  return { hasFired: true, firings, cut: [], problems: [] };
}

/** The firings that were seen, in order. */
function look({ scope }: Standing, graph: ModelGraph, observation: Observation): Firing[] {
  const { identifier } = graph[scope.unite]!;
  const firings: Firing[] = [];
  for (let window = 1; ; window++) {
    const path = pathText([...scope.united.path, uniteStep(scope.unite, window)]);
    if (observation.at(identifier, path).length === 0) return firings;
    const { listed, about } = readInputs(scope, observation.delivery(identifier, path)?.inputs);
    firings.push({ window, listed, about });
  }
}

function judgeWindows(
  standing: Standing,
  { count, intervalMs }: Window,
  firings: readonly Firing[],
): string[] {
  const succeeded = branchesThat(standing.branches, 'succeeded');
  const last = firings.at(-1);
  if (!last) return ['it has no firing'];
  if (firings.some(({ listed }) => !listed)) return [];
  const problems: string[] = [];
  const listed = firings.flatMap((firing) => [...(firing.listed ?? [])]);
  if (new Set(listed).size !== listed.length) problems.push('a branch is in two windows');
  for (const branch of listed) {
    if (!succeeded.has(branch)) problems.push(`branch ${branch} is in a window and did not succeed`);
  }
  if (listed.length < succeeded.size) problems.push('a branch that succeeded is in no window');
  for (const { window, listed: each = new Set(), about } of firings) {
    const isFinal = window === last.window;
    if (about.final !== isFinal) problems.push(`window ${window} says final ${about.final}`);
    const isRight = isFinal
      ? count === undefined || each.size < count
      : each.size === count || (intervalMs !== undefined && each.size > 0 && each.size < (count ?? Infinity));
    if (!isRight) problems.push(`window ${window} has ${each.size} branches`);
    const sure = isFinal ? standing.branches : [];
    problems.push(...judgeFailures(sure, standing.failures, about.failures));
    if (about.partial !== false) problems.push(`window ${window} says partial`);
  }
  const counts = JSON.stringify(countsOf(standing.branches));
  if (JSON.stringify(last.about.counts) !== counts) problems.push(`the final counts are not ${counts}`);
  return problems;
}
