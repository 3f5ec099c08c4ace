/** Rounds: every subject once in each, so that a machine that gets slower is so for all of them. */
import type { Sample, Sizes } from './sample.ts';
import type { Opening, Ratio, Scenario, Subject } from './scenario.ts';
import { rounded, type Spread, spreadOf } from './statistics.ts';

export interface RatioResult extends Ratio {
  readonly value: number;
}

/** The result of one scenario, with one set of sizes. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly sizes: Sizes;
  readonly rounds: number;
  /** Spreads by subject and figure. */
  readonly subjects: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
  readonly ratios: readonly RatioResult[];
}

export interface RoundOptions {
  readonly rounds: number;
  /** Rounds before those that count: they compile code, connect, and fill caches. */
  readonly warmUps: number;
  readonly say: (line: string) => void;
}

function spreadsOf(samples: readonly Sample[]): Record<string, Spread> {
  const keys = Object.keys(samples[0] ?? {});
  return Object.fromEntries(keys.map((key) => [key, spreadOf(samples.map((sample) => sample[key]!))]));
}

/** Ratios of Fanout to the peers. */
function ratiosToPeers({ headline }: Scenario, subjects: readonly Subject[]): Ratio[] {
  const others = subjects.filter(({ name }) => name !== 'fanout');
  if (others.length === subjects.length) return [];
  return others.map(({ name }) => ({ figure: headline, of: 'fanout', to: name }));
}

/** The sizes of a warm-up: those of a round, within what the scenario allows. */
function warmUpSizesOf({ warmUpSizes = {} }: Scenario, sizes: Sizes): Sizes {
  return Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [name, Math.min(size, warmUpSizes[name] ?? size)]),
  );
}

/** Measures a scenario. @throws Error a subject fails */
export async function measureScenario(
  scenario: Scenario,
  opening: Opening,
  { rounds, warmUps, say }: RoundOptions,
): Promise<ScenarioResult> {
  const { sizes } = opening;
  const subjects = await scenario.open(opening);
  const taken = new Map(subjects.map((subject) => [subject, [] as Sample[]]));
  for (let round = 1 - warmUps; round <= rounds; round++) {
    const counts = round > 0;
    // The order turns, so that nobody always comes after the same one.
    const first = (round + warmUps - 1) % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      const sample = await subject.measure(counts ? sizes : warmUpSizesOf(scenario, sizes));
      if (counts) taken.get(subject)!.push(sample);
      const shown = sample[scenario.headline];
      const words = [
        counts ? `round ${round}` : 'warm-up',
        subject.name,
        shown === undefined ? '' : rounded(shown),
      ];
      say(`  ${words.join(' ')}`);
    }
  }
  const spreads = Object.fromEntries([...taken].map(([{ name }, samples]) => [name, spreadsOf(samples)]));
  const ratios = [...ratiosToPeers(scenario, subjects), ...(scenario.ratios ?? [])].flatMap((ratio) => {
    const [upper, lower] = [spreads[ratio.of]?.[ratio.figure], spreads[ratio.to]?.[ratio.figure]];
    return upper && lower ? [{ ...ratio, value: rounded(upper.median / lower.median) }] : [];
  });
  return { scenario: scenario.name, sizes, rounds, subjects: spreads, ratios };
}
