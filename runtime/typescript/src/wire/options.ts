/**
 * Checks of the names of options, for those who write without a compiler: a misspelt one would be left out without a word,
 * and `cancel(id, { stateId })` would cancel all of the run.
 */

/** The names of all options of a type, each once: a name that the type lacks, or has more, does not compile. */
export type OptionNames<Options> = Readonly<Record<KeysOf<Options>, true>>;

type KeysOf<Options> = Options extends unknown ? Extract<keyof Options, string> : never;

/** Other words for some options: what was written, and what is meant. */
export type OtherWords<Options> = Readonly<Record<string, KeysOf<Options>>>;

/**
 * Checks that options have no name beside those that are known.
 * @param what the function or object that takes them, for the message
 * @throws TypeError one has, or they are no object
 */
export function checkOptions(
  what: string,
  options: unknown,
  known: Readonly<Record<string, true>>,
  otherWords: Readonly<Record<string, string>> = {},
): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`${what}: its options are an object: ${exampleOf(known)}`);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    throw new TypeError(
      `${what}: there is no option "${name}": ${meant(name, Object.keys(known), otherWords)}`,
    );
  }
}

function exampleOf(known: object): string {
  const [first = ''] = Object.keys(known);
  return `{ ${first}: … }`;
}

/** The end of a sentence: the option that is meant, or else all that there are. */
function meant(name: string, known: readonly string[], otherWords: Readonly<Record<string, string>>): string {
  const near = Object.hasOwn(otherWords, name) ? otherWords[name] : nearest(name, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return `there is ${known.map((each) => `"${each}"`).join(', ')}`;
}

/** A longer name is no slip of the fingers, and comparing it costs time. */
const maxName = 64;
/** A shorter name is part of too many others. */
const minPart = 4;

/** The option that a name most likely means: a third of the letters may differ, or some be left out at either end. */
function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > maxName) return undefined;
  const bare = bareOf(name);
  const distances = known.map((each) => [each, distance(bare, bareOf(each))] as const);
  const [best] = distances.toSorted(([, left], [, right]) => left - right);
  if (best && best[1] <= Math.max(1, Math.floor(bare.length / 3))) return best[0];
  return bare.length < minPart
    ? undefined
    : known.find((each) => bareOf(each).startsWith(bare) || bareOf(each).endsWith(bare));
}

/** The letters of a name: neither case nor underscores tell two words apart. */
function bareOf(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase();
}

/** The number of letters to insert, delete or replace. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}
