/** Comparison of what was measured with what is recorded: ratios, and figures that no machine changes. */
import { type DatedResult, titleOf } from '../harness/report.ts';
import type { Scenario } from '../harness/scenario.ts';

/** A value by what it is of. */
interface Compared {
  readonly name: string;
  readonly value: number;
  readonly better: 'higher' | 'lower';
}

export interface Verdict {
  /** A line for each value that is in both. */
  readonly lines: readonly string[];
  /** Number of values that got worse by more than the tolerance. */
  readonly worse: number;
}

/** Values of a result that may be compared with those of another machine and day. */
function comparedOf(result: DatedResult, { figures, absolute = [] }: Scenario): Compared[] {
  const betterOf = (key: string) =>
    figures.find(({ name }) => name === key.split('.')[0])?.better ?? 'higher';
  const title = titleOf(result);
  const ratios = result.ratios.map(({ figure, of, to, value }) => ({
    name: `${title}: ${figure}, ${of} / ${to}`,
    value,
    better: betterOf(figure),
  }));
  const figuresOf = Object.entries(result.subjects).flatMap(([subject, spreads]) =>
    absolute.flatMap((key) => {
      const value = spreads[key]?.median;
      return value === undefined
        ? []
        : [{ name: `${title}: ${key}, ${subject}`, value, better: betterOf(key) }];
    }),
  );
  return [...ratios, ...figuresOf];
}

/** Compares results with the recorded ones that have the same sizes. */
export function compareWithRecorded(
  measured: readonly DatedResult[],
  recorded: readonly DatedResult[],
  { scenarios, tolerance }: { scenarios: readonly Scenario[]; tolerance: number },
): Verdict {
  const all = (results: readonly DatedResult[]) =>
    results.flatMap((result) => {
      const scenario = scenarios.find(({ name }) => name === result.scenario);
      return scenario ? comparedOf(result, scenario) : [];
    });
  const before = new Map(all(recorded).map(({ name, value }) => [name, value]));
  let worse = 0;
  const lines = all(measured).flatMap(({ name, value, better }) => {
    const old = before.get(name);
    if (old === undefined) return [`new     ${name}: ${value}`];
    const change = value / old - 1;
    const gain = better === 'higher' ? change : -change;
    if (gain < -tolerance) worse += 1;
    const word = gain < -tolerance ? 'WORSE' : gain > tolerance ? 'better' : 'same';
    return [
      `${word.padEnd(7)} ${name}: ${value}, recorded ${old} (${change < 0 ? '' : '+'}${(change * 100).toFixed(0)} %)`,
    ];
  });
  return { lines, worse };
}
