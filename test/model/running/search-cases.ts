/** Checks random cases side by side, and shrinks the first that differs. */
import * as fc from 'fast-check';

export interface Sample {
  readonly runs: number;
  readonly seed: number;
  /** The path of a failure: only that case is checked, as often as `runs` says. */
  readonly path?: string;
  /** Cases that are checked side by side; 24 if absent. */
  readonly atOnce?: number;
  /** The time after which shrinking gives up, milliseconds; a minute if absent. */
  readonly shrinkMs?: number;
}

export interface CaseSearch<Case, Checked> extends Sample {
  readonly arbitrary: fc.Arbitrary<Case>;
  /** Only this case is checked, as often as `runs` says, and not shrunk. */
  readonly only?: Case;
  readonly check: (each: Case) => Promise<Checked>;
  /** Hears of every case, but for those that shrinking tries. */
  readonly checked: (checked: Checked) => void;
  /** A case for people, and how to check it again. */
  readonly describe: (each: Case, path: string) => string;
  /** Times that shrinking checks a smaller case before it takes it for right: 1 if absent. */
  readonly tries?: number;
}

const maxShown = 5;

/** A text for each case that differs; the shrunk one comes first. */
export async function searchCases<Case, Checked extends { readonly differences: readonly string[] }>(
  search: CaseSearch<Case, Checked>,
): Promise<string[]> {
  const { arbitrary, runs, seed, path, only, atOnce = 24, tries = 1, check, checked, describe } = search;
  const property = fc.asyncProperty(arbitrary, async (each) => {
    for (let times = 0; times < tries; times++) {
      const { differences } = await check(each);
      if (differences.length > 0) throw new Error(differences.slice(0, maxShown).join('\n'));
    }
  });
  // With a path the same case again and again: what differs may depend on the order of things.
  const sample = { seed, ...(path === undefined ? { numRuns: runs } : { path, numRuns: 1 }) };
  const sampled: [Case][] = only === undefined ? fc.sample(property, sample) : [[only]];
  const cases = Array.from({ length: runs }, (_, index) => sampled[sampled.length === 1 ? 0 : index]![0]);
  const failures: string[] = [];
  const rest = [...cases.entries()];
  let first: string | undefined;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = rest.shift(); next; next = rest.shift()) {
        const [index, each] = next;
        const found = await check(each);
        checked(found);
        if (found.differences.length === 0) continue;
        const itsPath = path ?? String(index);
        first ??= itsPath;
        failures.push(`${found.differences.slice(0, maxShown).join('\n')}\n${describe(each, itsPath)}`);
      }
    }),
  );
  const shrunk =
    first === undefined || only !== undefined ? undefined : await shrink(property, search, first);
  return shrunk ? [shrunk, ...failures] : failures;
}

/** Checks the case of a path again, and smaller ones for as long as they fail; undefined: it does not fail again. */
async function shrink<Case>(
  property: fc.IAsyncProperty<[Case]>,
  { seed, describe, shrinkMs = 60_000 }: Pick<CaseSearch<Case, unknown>, 'seed' | 'describe' | 'shrinkMs'>,
  path: string,
): Promise<string | undefined> {
  const details = await fc.check(property, {
    seed,
    path,
    numRuns: 1,
    interruptAfterTimeLimit: shrinkMs,
  });
  if (!details.failed || !details.counterexample) return undefined;
  const [each] = details.counterexample;
  const message = (details.errorInstance as Error | null)?.message ?? '';
  return `shrunk: ${message}\n${describe(each, details.counterexamplePath ?? path)}`;
}
