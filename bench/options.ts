/** Options of `npm run bench`. */
import { parseArgs } from 'node:util';
import { peerNames } from './contenders/peers.ts';
import type { Sizes } from './harness/sample.ts';
import type { Scenario } from './harness/scenario.ts';

export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  readonly isFull: boolean;
  /** Sizes that the command line gives, for every scenario that has them. */
  readonly sizes: Sizes;
  readonly peers: readonly string[];
  readonly rounds: number;
  readonly warmUps: number;
  readonly check: boolean;
  /** The part by which a ratio may get worse. */
  readonly tolerance: number;
  readonly writeDocs: boolean;
  readonly jsonFile: string | undefined;
}

function sizeNamesOf(scenarios: readonly Scenario[]): string[] {
  const all = scenarios.flatMap(({ sizes }) => [...sizes.usual, ...(sizes.full ?? [])]);
  return [...new Set(all.flatMap((each) => Object.keys(each)))];
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least)
    throw new Error(`--${name} is a whole number from ${least}`);
  return number;
}

function choose<T>(kind: string, names: readonly string[], known: ReadonlyMap<string, T>): T[] {
  return names.map((name) => {
    const found = known.get(name);
    if (found === undefined)
      throw new Error(`there is no ${kind} "${name}": there are ${[...known.keys()].join(', ')}`);
    return found;
  });
}

/** Reads the command line. @throws Error what is wrong, and what there is */
export function readOptions(flags: readonly string[], all: readonly Scenario[]): BenchOptions {
  const sizeNames = sizeNamesOf(all);
  const { values, positionals } = parseArgs({
    args: [...flags],
    allowPositionals: true,
    options: {
      full: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      json: { type: 'string' },
      peers: { type: 'string', default: peerNames.join(',') },
      rounds: { type: 'string', default: '5' },
      'warm-ups': { type: 'string', default: '8' },
      tolerance: { type: 'string', default: '0.25' },
      ...Object.fromEntries(sizeNames.map((name) => [name, { type: 'string' as const }])),
    },
  });
  const given = new Map<string, unknown>(Object.entries(values));
  const sizes = sizeNames.flatMap((name) => {
    const text = given.get(name);
    return typeof text === 'string' ? [[name, wholeNumber(name, text, 1)] as const] : [];
  });
  const tolerance = Number(values.tolerance);
  if (!(tolerance > 0 && tolerance < 1)) throw new Error('--tolerance is a number between 0 and 1');
  const peers = values.peers === 'none' ? [] : values.peers.split(',');
  return {
    scenarios:
      positionals.length === 0
        ? all
        : choose('scenario', positionals, new Map(all.map((each) => [each.name, each]))),
    isFull: values.full,
    sizes: Object.fromEntries(sizes),
    peers: choose('peer', peers, new Map(peerNames.map((name) => [name, name]))),
    rounds: wholeNumber('rounds', values.rounds, 1),
    warmUps: wholeNumber('warm-ups', values['warm-ups'], 0),
    check: values.check,
    tolerance,
    writeDocs: values['write-docs'],
    jsonFile: values.json,
  };
}

/** The sizes that a scenario is measured with, each once. */
export function sizesOf({ sizes }: Scenario, { isFull, sizes: given }: BenchOptions): Sizes[] {
  const wanted = (isFull ? (sizes.full ?? sizes.usual) : sizes.usual).map((each) =>
    Object.fromEntries(Object.entries(each).map(([name, size]) => [name, given[name] ?? size])),
  );
  return [...new Map(wanted.map((each) => [JSON.stringify(each), each])).values()];
}
