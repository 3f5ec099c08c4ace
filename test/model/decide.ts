/** Decides a scope: by the rules where they leave no choice, else as it was seen to be decided. */
import { type Branch, type Decision, judge } from './judge.ts';
import type { ModelGraph } from './model-graph.ts';
import { pathText, uniteStep } from './path.ts';
import { mayFire } from './policy.ts';
import type { Observation } from './running/observation.ts';
import type { Scope } from './scope.ts';
import { branchesThat, countsOf, type Standing, standingOf } from './standing.ts';
import type { Topology } from './topology.ts';
import { type Firing, judgeFailures, readInputs, type Verdict } from './verdict.ts';
import { decideWindows } from './windows.ts';

export function decide(
  scope: Scope,
  graph: ModelGraph,
  topology: Topology,
  observation: Observation | undefined,
): Verdict {
  const standing = standingOf(scope, graph, topology);
  const policy = topology.policy(scope.unite);
  if (policy.window) return decideWindows(standing, policy.window, graph, observation);
  const { cut } = standing;
  const seen = observation && look(standing, graph, observation);
  const branches = begun(standing, graph, topology, seen);
  const failures = standing.failures.slice(0, branches.length);
  const isSure = branches.every(({ end, mayBeLate }) => end !== 'cut' && !mayBeLate);
  if (observation && !seen && cut.length > 0)
    return { hasFired: undefined, firings: [], cut: [], problems: [] };
  const succeeded = branchesThat(branches, 'succeeded');
  const exact = countsOf(branches);
  const hasFired =
    seen && !isSure
      ? seen.hasFired
      : mayFire(policy, { ...exact, doomed: 0, isSealed: seen?.isSealed ?? true });
  const problems: string[] = [];
  const mayBeCutOff = graph[scope.united.node]!.isOpen && topology.canCloseEarly(scope.unite);
  if (seen) {
    problems.push(...judge(policy, branches, { ...seen, mayBeCutOff }));
    if (!isSure && seen.hasFired) problems.push(...judgeFailures(branches, failures, seen.about.failures));
  }
  const about =
    seen && !isSure
      ? seen.about
      : {
          counts: exact,
          failures: failures.flat(),
          partial: exact.unfinished > 0 || (mayBeCutOff && seen?.partial === true),
        };
  const listed = seen && !isSure ? seen.listed : succeeded;
  return { hasFired, firings: [{ window: undefined, listed, about }], cut, problems };
}

/** The branches without those of outputs that an open fan-out emitted after the decision, as far as it is known. */
function begun(
  { scope, branches }: Standing,
  graph: ModelGraph,
  topology: Topology,
  seen: Decision | undefined,
): readonly Branch[] {
  if (!seen || !graph[scope.united.node]!.isOpen || !topology.canCloseEarly(scope.unite)) return branches;
  if (seen.counts) return branches.slice(0, seen.counts.total);
  return branches.map((branch) => ({ ...branch, mayBeLate: branch.end !== 'cut' }));
}

/** The one firing of a scope as it was observed; undefined: there is no uniting state. */
function look(
  { scope }: Standing,
  graph: ModelGraph,
  observation: Observation,
): (Decision & { readonly about: Firing['about'] }) | undefined {
  const { identifier } = graph[scope.unite]!;
  const path = pathText([...scope.united.path, uniteStep(scope.unite)]);
  const rows = observation.at(identifier, path);
  if (rows.length === 0) return undefined;
  const hasFired = rows.every(({ code }) => code !== 'UNITE_UNSATISFIED');
  const inputs = observation.delivery(identifier, path)?.inputs;
  return { hasFired, ...readInputs(scope, inputs) };
}
