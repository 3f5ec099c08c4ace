/** `npm run verify`: everything that can be said of the code without running it, one line for each check. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { findLuacheckProblem } from './find-luacheck.ts';
import { prepareGo } from './go.ts';
import { areAllRequired } from './language.ts';
import { root } from './processes.ts';
import { preparePython } from './python.ts';

interface Outcome {
  readonly passed: boolean;
  /** Shown when the check fails. */
  readonly output: string;
  /** Reason for which it was not made. */
  readonly skipped?: string;
}

/** A check that cannot be made, which is an error where no language may be missing. */
function skip(reason: string): Outcome {
  return { passed: !areAllRequired, output: reason, skipped: reason };
}

interface Check {
  readonly name: string;
  run(): Promise<Outcome>;
}

function runTool(program: string, flags: readonly string[]): Promise<Outcome> {
  const tool = program.includes('/') ? program : join(root, 'node_modules/.bin', program);
  const file = program === 'node' ? process.execPath : tool;
  return new Promise((resolve) => {
    execFile(file, flags, { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}${error && typeof error.code !== 'number' ? error.message : ''}`;
      resolve({ passed: !error, output });
    });
  });
}

function tool(name: string, program: string, ...flags: string[]): Check {
  return { name, run: () => runTool(program, flags) };
}

/** Import rules; green without having read anything is red. */
async function checkImports(): Promise<Outcome> {
  const folders = readdirSync(root, { withFileTypes: true }).filter((each) => each.isDirectory());
  const ours = ['services', 'runtime', 'proto', 'scripts', 'examples', 'bench', 'test'].filter((name) =>
    folders.some((folder) => folder.name === name),
  );
  const outcome = await runTool('depcruise', ['--config', '.dependency-cruiser.cjs', ...ours]);
  const modules = Number(/\((\d+) modules/.exec(outcome.output)?.[1] ?? 0);
  if (modules > 0 || !outcome.passed) return outcome;
  return {
    passed: false,
    output: `${outcome.output}\nit has read 0 modules: can it read this TypeScript version?`,
  };
}

function readTree(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      // A character for each byte: descriptors are no text.
      return [file.slice(folder.length + 1), readFileSync(file, 'latin1')];
    }),
  );
}

/** Checks that a folder has what a program makes of the .proto files. */
async function checkFresh(
  committedFolder: string,
  remedy: string,
  generate: (folder: string) => Promise<Outcome>,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'fanout-gen-'));
  try {
    const outcome = await generate(folder);
    if (!outcome.passed) return outcome;
    const [fresh, committed] = [readTree(folder), readTree(join(root, committedFolder))];
    const names = new Set(
      [...fresh.keys(), ...committed.keys()].filter((name) => !name.includes('__pycache__')),
    );
    const stale = [...names].filter((name) => fresh.get(name) !== committed.get(name)).sort();
    const output = `${committedFolder} is not what the .proto files give: ${remedy}\n${stale.join('\n')}`;
    return { passed: stale.length === 0, output };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const checkGenerated = (): Promise<Outcome> =>
  checkFresh('proto/gen', 'npm run generate', (folder) =>
    runTool('node', ['--import', 'tsx', 'proto/generate.ts', folder]),
  );

/** Skipped where there is no Python: the code is not made by Node. */
async function checkGeneratedPython(): Promise<Outcome> {
  const { python, missing } = preparePython();
  if (python === undefined) return skip(missing);
  const remedy = 'npm run generate:python';
  return checkFresh('runtime/python/src/fanout/_proto/v1', remedy, (folder) =>
    runTool(python, ['runtime/python/generate.py', folder]),
  );
}

/** Skipped where there is no Go, whose tools make the code. */
async function checkGeneratedGo(): Promise<Outcome> {
  const { go, missing } = prepareGo();
  if (go === undefined) return skip(missing);
  return checkFresh('runtime/go/fanoutv1', 'npm run generate:go', (folder) =>
    runTool('node', ['--import', 'tsx', 'scripts/generate-go.ts', folder]),
  );
}

/**
 * Asks the tools of registries about the packages. They are ES modules, which `require` loads in every
 * Node that they support, and a second copy as CommonJS would give programs that use both two of each class: attw's
 * rule against it speaks of older versions of Node. Its profile leaves out TypeScript's resolution from before `exports`.
 */
async function checkPackages(): Promise<Outcome> {
  const build = await runTool('node', ['--import', 'tsx', 'scripts/build.ts']);
  if (!build.passed) return build;
  const folders = ['proto', 'runtime/typescript', 'services/state-manager', 'services/cli'];
  const attw = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm', '--no-emoji', '--no-color'];
  const outcomes: Outcome[] = [];
  for (const folder of folders) {
    outcomes.push(await runTool('publint', ['--strict', folder]));
    outcomes.push(await runTool('attw', ['--pack', folder, ...attw]));
  }
  const failed = outcomes.filter(({ passed }) => !passed);
  return { passed: failed.length === 0, output: failed.map(({ output }) => output).join('\n') };
}

/** Every Lua script with what it includes. */
async function checkLua(): Promise<Outcome> {
  const missing = findLuacheckProblem();
  if (missing !== undefined) return { passed: false, output: missing };
  return runTool('node', ['--import', 'tsx', 'test/storage/contracts/check-lua.ts']);
}

const checks: readonly Check[] = [
  tool('format and lint', 'biome', 'ci', '--colors=off', '--max-diagnostics=200'),
  tool('types', 'tsc', '-p', '.'),
  { name: 'import rules', run: checkImports },
  tool('unused code', 'knip', '--no-progress'),
  tool('proto lint', 'buf', 'lint'),
  tool('proto format', 'buf', 'format', '-d', '--exit-code'),
  { name: 'generated types', run: checkGenerated },
  { name: 'generated Python', run: checkGeneratedPython },
  { name: 'generated Go', run: checkGeneratedGo },
  { name: 'Lua', run: checkLua },
  // Against what the last release had, which is in the repository: a clone in CI has neither tags nor other branches.
  tool('proto breaking', 'buf', 'breaking', 'proto', '--against', 'proto/released.txtpb'),
  tool('API reference', 'typedoc', '--emit', 'none'),
  { name: 'packages', run: checkPackages },
];

let failed = 0;
for (const check of checks) {
  const startedAt = performance.now();
  const { passed, output, skipped } = await check.run();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const word = passed ? (skipped === undefined ? 'ok  ' : 'skip') : 'FAIL';
  const colour = process.stdout.isTTY && !process.env.NO_COLOR;
  console.log(
    `${colour ? styleText(passed ? 'green' : 'red', word) : word}  ${check.name.padEnd(16)} ${skipped ?? `${seconds} s`}`,
  );
  if (passed) continue;
  failed += 1;
  console.log(output.trim().replaceAll(/^/gm, '      '));
}
console.log(failed === 0 ? 'verified' : `${failed} of ${checks.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;
