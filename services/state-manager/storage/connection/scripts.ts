/**
 * Scripts by name, and the names of what they take. `defineCommand` of ioredis would take positions, where a key or an
 * argument in the wrong place is found by no check.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Pipeline, type Redis } from 'ioredis';
import {
  assemble,
  type Contract,
  checkOuterNames,
  isHelper,
  type LuaFile,
  withoutUnused,
} from './assemble-script.ts';
import { scriptCommand } from './script-command.ts';

const folder = new URL('../lua/', import.meta.url);

/** One call of a script. */
export interface ScriptCall {
  readonly script: Script;
  readonly keys: Readonly<Record<string, string>>;
  readonly args: Readonly<Record<string, string | number>>;
  readonly moreKeys?: readonly string[];
  readonly moreArgs?: readonly (string | number)[];
  /** The runs that it is about, if the script takes many. */
  readonly runs?: readonly RunOfCall[];
}

/** One of the runs that a call is about. */
export interface RunOfCall {
  readonly keys: Readonly<Record<string, string>>;
  readonly args: Readonly<Record<string, string | number>>;
  readonly moreArgs: readonly (string | number)[];
}

/** A script made callable: its header, and those of the shared files that it includes, name what it takes. */
export class Script {
  readonly contract: Contract;
  /** The shared files, each behind those that it needs itself, and the script's own file as the last one. */
  readonly files: readonly LuaFile[];
  /** All of the files, with the names of the contract in front. */
  readonly whole: string;
  /** The text that Redis gets: the same without functions that the script has no use for. */
  readonly source: string;
  readonly sha: string;

  constructor(name: string, files: readonly LuaFile[]) {
    this.contract = readContract(
      name,
      files.map(({ text }) => text),
    );
    this.files = files;
    this.whole = assemble(this.contract, files);
    this.source = withoutUnused(this.whole);
    checkOuterNames(name, this.source);
    this.sha = createHash('sha1').update(this.source).digest('hex');
  }

  /** The arguments of EVALSHA, without the command and the hash. @throws Error a name is missing or unknown */
  encode(call: Omit<ScriptCall, 'script'>): (string | number)[] {
    const { keys, args, moreKeys = [], moreArgs = [], runs } = call;
    const { contract } = this;
    const { name, ofEachRun } = contract;
    if (moreKeys.length > 0 && !contract.hasMoreKeys) throw new Error(`${name} takes no more keys`);
    if (moreArgs.length > 0 && !contract.hasMoreArgs) throw new Error(`${name} takes no more arguments`);
    if ((runs === undefined) !== (ofEachRun === undefined))
      throw new Error(runs ? `${name} takes no runs` : `${name} needs its runs`);
    const ofEach = ofEachRun ?? { keys: [], args: [] };
    const encoded: (string | number)[] = [0];
    pushNamed(contract, 'key', contract.keys, keys, encoded);
    for (const run of runs ?? []) pushNamed(contract, 'key', ofEach.keys, run.keys, encoded);
    for (const key of moreKeys) encoded.push(key);
    encoded[0] = encoded.length - 1;
    pushNamed(contract, 'argument', contract.args, args, encoded);
    if (runs) encoded.push(runs.length);
    for (const arg of moreArgs) encoded.push(arg);
    for (const run of runs ?? []) {
      pushNamed(contract, 'argument', ofEach.args, run.args, encoded);
      for (const arg of run.moreArgs) encoded.push(arg);
    }
    return encoded;
  }
}

/** Every script by the name of its file. */
export const scripts: Readonly<Record<string, Script>> = loadScripts();

/** The script of that name. */
export function scriptNamed(name: string): Script {
  const script = scripts[name];
  if (!script) throw new Error(`there is no script ${name}`);
  return script;
}

/** A way to run calls in one round trip; it gives the reply or the error of each, in their order. */
export type RunScripts = (redis: Redis, calls: readonly ScriptCall[]) => Promise<(unknown | Error)[]>;

/** The way that every call takes. */
let way: RunScripts = runOnRedis;

/** Runs calls in one round trip: the reply or the error of each, in their order. */
export function runScripts(...given: Parameters<RunScripts>): ReturnType<RunScripts> {
  return way(...given);
}

/** Puts something around the way of every call in this process: a test lets calls fail, wait or run twice there. */
export function putAroundScripts(around: (run: RunScripts) => RunScripts): void {
  way = around(way);
}

/** Scripts that Redis has forgotten are sent again, in their order. */
async function runOnRedis(redis: Redis, calls: readonly ScriptCall[]): Promise<(unknown | Error)[]> {
  const results = await send(redis, calls, false);
  const forgotten = results.flatMap((result, i) => (isNoScript(result) ? i : []));
  if (forgotten.length === 0) return results;
  const again = await send(
    redis,
    forgotten.map((i) => calls[i]!),
    true,
  );
  forgotten.forEach((i, at) => {
    results[i] = again[at];
  });
  return results;
}

/** Runs one call. @throws Error of Redis */
export async function runScript(redis: Redis, call: ScriptCall): Promise<unknown> {
  const [result] = await runScripts(redis, [call]);
  if (result instanceof Error) throw result;
  return result;
}

async function send(
  redis: Redis,
  calls: readonly ScriptCall[],
  whole: boolean,
): Promise<(unknown | Error)[]> {
  const pipeline = new Pipeline(redis);
  for (const call of calls) {
    const { script } = call;
    const [name, first] = whole ? (['EVAL', script.source] as const) : (['EVALSHA', script.sha] as const);
    pipeline.sendCommand(scriptCommand(name, first, script.encode(call)));
  }
  const replies = await pipeline.exec();
  if (!replies) throw new Error('the pipeline was not executed');
  return replies.map(([error, value]) => error ?? value);
}

function isNoScript(result: unknown): boolean {
  return result instanceof Error && result.message.startsWith('NOSCRIPT');
}

function pushNamed(
  contract: Contract,
  what: string,
  names: readonly string[],
  given: Readonly<Record<string, string | number>>,
  encoded: (string | number)[],
): void {
  for (const name of names) {
    const value = given[name];
    if (value === undefined) throw new Error(`script ${contract.name} needs the ${what} ${name}`);
    encoded.push(value);
  }
  const all = Object.keys(given);
  // Each of the names is there: if there are no more of them, none is unknown.
  if (all.length === names.length) return;
  const unknown = all.find((name) => !names.includes(name));
  throw new Error(`script ${contract.name} declares no ${what} ${unknown}`);
}

function readContract(name: string, texts: readonly string[]): Contract {
  const has = (tag: string) => texts.some((text) => new RegExp(`^-- @${tag}\\b`, 'm').test(text));
  const names = (...tags: string[]) => [
    ...new Set(
      texts.flatMap((text) =>
        [...text.matchAll(new RegExp(`^-- @(?:${tags.join('|')}) +(\\w+)`, 'gm'))].map(([, one]) => one!),
      ),
    ),
  ];
  const rest = { name, hasMoreKeys: has('keys'), hasMoreArgs: has('args') };
  if (!has('runs')) return { ...rest, keys: names('key', 'run_key'), args: names('arg', 'run_arg') };
  const ofEachRun = { keys: names('run_key'), args: names('run_arg') };
  return { ...rest, keys: names('key'), args: names('arg'), ofEachRun };
}

/** A script with the shared files that it includes, each behind those that it needs itself. */
export function loadScript(name: string, own: LuaFile): Script {
  const included = ({ text }: LuaFile): LuaFile[] =>
    [...text.matchAll(/^-- @include +(\w+)/gm)].flatMap((match) => {
      const file = read(`shared/${match[1]!}.lua`);
      return [...included(file), file];
    });
  const shared = [...new Map(included(own).map((file) => [file.path, file])).values()];
  const [helpers, others] = [shared.filter(isHelper), shared.filter((file) => !isHelper(file))];
  return new Script(name, [read('shared/prelude.lua'), ...helpers, ...others, own]);
}

function read(path: string): LuaFile {
  return { path, text: readFileSync(new URL(path, folder), 'utf8') };
}

function loadScripts(): Record<string, Script> {
  const subjects = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'shared',
  );
  const paths = subjects.flatMap(({ name }) =>
    readdirSync(new URL(`${name}/`, folder)).map((file) => `${name}/${file}`),
  );
  const found: Record<string, Script> = {};
  for (const path of paths.filter((one) => one.endsWith('.lua'))) {
    const name = path.slice(path.indexOf('/') + 1, -'.lua'.length);
    if (found[name]) throw new Error(`two scripts have the name ${name}`);
    found[name] = loadScript(name, read(path));
  }
  return found;
}
