/** Names of one function around that another may use: Lua 5.1 has no more. */
const maxOuterNames = 60;

/** Promises of a script's headers: names of keys and arguments, in order, and whether more of them follow. */
export interface Contract {
  readonly name: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly hasMoreKeys: boolean;
  readonly hasMoreArgs: boolean;
  /** Names of each run's own; undefined: the script is about one run, or none, and has all names in the lists above. */
  readonly ofEachRun?: { readonly keys: readonly string[]; readonly args: readonly string[] };
}

/** A Lua file; its path is relative to the folder of all of them. */
export interface LuaFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The lines that put the names of the contract in front: `key.run`, and a local for each argument. In a script of many
 * runs `go_to_run` gives the names of each run's own the values of that run, whose arguments begin behind `at`.
 */
export function headOf({ keys, args, ofEachRun }: Contract): string[] {
  const named = keys.map((name, i) => `${name} = KEYS[${i + 1}]`).join(', ');
  const locals = [
    // Found without a look into the table of globals.
    'local ARGV, KEYS, redis = ARGV, KEYS, redis',
    ...args.map((name, i) => `local ${name} = ARGV[${i + 1}]`),
  ];
  if (!ofEachRun)
    return [`local key, fixed_keys, cursor = {${named}}, ${keys.length}, ${args.length}`, ...locals];
  const values = (names: readonly string[], from: string, at: string) =>
    names.map((_, i) => `${from}[${at} + ${i + 1}]`).join(', ');
  const ofRun = ofEachRun.keys.map((name) => `key.${name}`);
  const keysAt = `${keys.length} + (number - 1) * ${ofRun.length}`;
  return [
    `local key, cursor, run_count = {${named}}, ${args.length + 1}, tonumber(ARGV[${args.length + 1}])`,
    ...locals,
    `local fixed_keys = ${keys.length} + run_count * ${ofRun.length}`,
    `local ${ofEachRun.args.join(', ')}`,
    [
      `local function go_to_run(number, at) local keys_at = ${keysAt}`,
      `${ofRun.join(', ')} = ${values(ofRun, 'KEYS', 'keys_at')}`,
      `${ofEachRun.args.join(', ')} = ${values(ofEachRun.args, 'ARGV', 'at')}`,
      `cursor = at + ${ofEachRun.args.length} end`,
    ].join(' '),
  ];
}

/** Puts the head in front. The files follow as they are. */
export function assemble(contract: Contract, files: readonly LuaFile[]): string {
  const [shebang = '', ...own] = files.at(-1)!.text.split('\n');
  if (!shebang.startsWith('#!lua')) throw new Error(`script ${contract.name} does not begin with #!lua`);
  const head = headOf(contract);
  const shared = files.slice(0, -1).map(({ text }) => text);
  const inner = files.slice(0, -1).findIndex((file) => !isHelper(file));
  if (inner === -1) return [shebang, ...head, ...shared, ...own].join('\n');
  // A function that names a local of the one around it makes Lua search all locals that were named so far. What has
  // functions of its own stands in a function for that: what that one names is found without a search.
  const helpers = shared.slice(0, inner);
  // On the line of the last helper's end, so that lines keep their numbers.
  const opening = `${helpers.pop() ?? ''}return (function()`;
  return [shebang, ...head, ...helpers, opening, ...shared.slice(inner), ...own, 'end)()'].join('\n');
}

/** Fails on a script whose inner function names more of the outer one than Lua allows: Redis would say so obscurely. */
export function checkOuterNames(name: string, source: string): void {
  const [outer = '', inner] = withoutTexts(source).split('return (function()');
  if (inner === undefined) return;
  const declared = [...outer.matchAll(/^local (?:function )?([\w, ]+)/gm)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim()),
  );
  const used = [...new Set(declared)].filter((one) => new RegExp(`\\b${one}\\b`).test(inner));
  if (used.length > maxOuterNames) {
    throw new Error(
      `script ${name} uses ${used.length} names of its helpers and arguments, and Lua allows ${maxOuterNames} in one function: include less, or pass several as one table`,
    );
  }
}

/** The code without comments and without what stands in quotes. */
function withoutTexts(source: string): string {
  return source.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|--[^\n]*/g, (text) =>
    text.startsWith('--') ? '' : "''",
  );
}

/** True if a shared file needs no other one, and no key: its functions only put texts together and take them apart. */
export function isHelper({ text }: LuaFile): boolean {
  return !/^-- @(include|key|run_key) /m.test(text);
}

/**
 * Empties the lines of functions that nothing names. Redis makes every function anew in each call, so that a script
 * pays for all that its includes have; lines stay where they are, since errors tell their numbers.
 */
export function withoutUnused(source: string): string {
  // Shared files keep to this form: what begins in the first column ends there, or on the same line.
  const functions = [...source.matchAll(/^local function (\w+)\(.*(?: end|(?:\n(?: .*)?)*\nend)$/gm)];
  const code = withoutTexts(source);
  const unused = functions.filter(([, name]) => code.match(new RegExp(`\\b${name}\\b`, 'g'))?.length === 1);
  if (unused.length === 0) return source;
  let rest = source;
  for (const [text] of unused) rest = rest.replace(text, () => text.replaceAll(/.+/g, ''));
  return withoutUnused(rest);
}
